using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GrpcCreds.Tests.Callers;

/// <summary>An issuer of tokens that answers about itself.</summary>
internal sealed class MetadataServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private MetadataServer(WebApplication app, string keys) => (this.app, Keys) = (app, keys);

    /// <summary>Its public keys, as JWKS.</summary>
    public string Keys { get; set; }

    public string Issuer => app.Urls.Single();

    public static async Task<MetadataServer> StartAsync(Func<string, string> document, string keys)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/.well-known/openid-configuration", () => Results.Text(document(app.Urls.Single())));
        var server = new MetadataServer(app, keys);
        app.MapGet("/keys", () => Results.Text(server.Keys));
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
