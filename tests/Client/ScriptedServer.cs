using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using GrpcCreds.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GrpcCreds.Tests.Client;

/// <summary>A service on loopback (h2c) whose every stream does exactly what the test tells it.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly Channel<ScriptedStream> streams = Channel.CreateUnbounded<ScriptedStream>();
    private readonly Channel<ScriptedReport> reports = Channel.CreateUnbounded<ScriptedReport>();
    private readonly ConcurrentBag<ScriptedReport> held = [];
    private readonly WebApplication app;

    private ScriptedServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost0(HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        app = builder.Build();
        app.Use((context, next) =>
        {
            if (!IsProxyWithoutRoute)
                return next(context);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            Rejected.Writer.TryWrite(true);
            return Task.CompletedTask;
        });
        app.MapGrpcService<Service>();
    }

    public Uri Address { get; private set; } = null!;

    /// <summary>ResultCommitter every request with HTTP 404, as a proxy without a route does.</summary>
    public bool IsProxyWithoutRoute { get; set; }

    /// <summary>true: each report call waits for the test's answer. false: all of it is noted, and the test may look at it later.</summary>
    public bool HoldsReports
    {
        get;
        set
        {
            field = value;
            while (!value && held.TryTake(out var report))
                report.Answer(ReportVerdict.Noted);
        }
    }

    public Channel<bool> Rejected { get; } = Channel.CreateUnbounded<bool>();

    public static async Task<ScriptedServer> StartAsync()
    {
        var server = new ScriptedServer();
        await server.app.StartAsync(TestContext.Current.CancellationToken);
        server.Address = new Uri(server.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return server;
    }

    /// <summary>The next stream a client has opened.</summary>
    public Task<ScriptedStream> NextStreamAsync() => streams.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Soon("the client opens a stream");

    /// <summary>Whether a client has opened a stream that no test has taken yet.</summary>
    public bool HasNewStream => streams.Reader.Count > 0;

    /// <summary>The next report call a client has made.</summary>
    public Task<ScriptedReport> NextReportAsync() => reports.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Soon("the client reports");

    /// <summary>Whether a client has made a report call that no test has taken yet.</summary>
    public bool HasNewReport => reports.Reader.Count > 0;

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private sealed class Service(ScriptedServer server) : SyncCredentials.SyncCredentialsBase
    {
        public override async Task WatchActiveCredential(
            WatchActiveCredentialRequest request, IServerStreamWriter<WatchActiveCredentialResponse> responseStream, ServerCallContext context)
        {
            var stream = new ScriptedStream(request, responseStream, context);
            server.streams.Writer.TryWrite(stream);
            await stream.RunAsync();
        }

        public override async Task<ReportCredentialsResponse> ReportCredentials(ReportCredentialsRequest request, ServerCallContext context)
        {
            var report = new ScriptedReport(request, context);
            server.held.Add(report);
            server.HoldsReports = server.HoldsReports;
            server.reports.Writer.TryWrite(report);
            return await report.Response.WaitAsync(context.CancellationToken);
        }

        public override Task<GetCredentialStatusResponse> GetCredentialStatus(GetCredentialStatusRequest request, ServerCallContext context) =>
            Task.FromResult(new GetCredentialStatusResponse
            {
                Status = new CredentialStatus { TenantId = request.TenantId, Advice = context.RequestHeaders.GetValue("authorization") ?? "" },
            });
    }
}

internal static class KestrelPort
{
    /// <summary>Any free port of loopback.</summary>
    public static void ListenLocalhost0(this KestrelServerOptions kestrel, HttpProtocols protocols) =>
        kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
}
