using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GrpcCreds.Tests.Callers;

/// <summary>An issuer of tokens that answers about itself.</summary>
internal sealed class MetadataServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private MetadataServer(WebApplication app) => this.app = app;

    public string Issuer => app.Urls.Single();

    public static async Task<MetadataServer> StartAsync(Func<string, string> document, string keys)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/.well-known/openid-configuration", () => Results.Text(document(app.Urls.Single())));
        app.MapGet("/keys", () => Results.Text(keys));
        await app.StartAsync();
        return new(app);
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
