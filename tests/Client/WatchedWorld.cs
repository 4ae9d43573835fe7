using System.Threading.Channels;
using GrpcCreds.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Xunit;

namespace GrpcCreds.Tests.Client;

/// <summary>A scripted service, a watch on it without any container, its clock and its log.</summary>
internal sealed class WatchedWorld : IAsyncDisposable
{
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();
    private readonly ILoggerFactory loggers;

    private WatchedWorld(ScriptedServer server, Action<GrpcCredsClientOptions>? configure)
    {
        Server = server;
        Time = new ObservedTime(silence: 3 * Interval);
        Logs = FakeLogCollector.Create(new FakeLogCollectorOptions { OutputSink = line => lines.Writer.TryWrite(line) });
        loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(Logs)));
        var options = new GrpcCredsClientOptions { Address = server.Address, NodeId = "node-1", TimeProvider = Time };
        configure?.Invoke(options);
        Watch = new CredentialWatch(options, loggers);
    }

    public static TimeSpan Interval { get; } = TimeSpan.FromSeconds(15);

    /// <summary>Just short of the time after which a source is stale and a stream silent.</summary>
    public static TimeSpan AlmostStale { get; } = (3 * Interval) - TimeSpan.FromSeconds(1);

    public ScriptedServer Server { get; }

    public ObservedTime Time { get; }

    public FakeLogCollector Logs { get; }

    public CredentialWatch Watch { get; }

    public bool ErrorsExpected { get; set; }

    public static async Task<WatchedWorld> StartAsync(Action<GrpcCredsClientOptions>? configure = null) => new(await ScriptedServer.StartAsync(), configure);

    /// <summary>Begins to watch and waits for the stream.</summary>
    public async Task<(CredentialSource Source, ScriptedStream Stream)> OpenAsync(string tenant = "acme")
    {
        var source = Watch.For(tenant);
        Assert.Equal(TimeSpan.FromMilliseconds(50), await Time.PassWaitAsync());
        return (source, await Server.NextStreamAsync());
    }

    /// <summary>As <see cref="OpenAsync"/>, and the tenant has a session.</summary>
    public async Task<(CredentialSource Source, ScriptedStream Stream)> LiveAsync(string tenant = "acme", long revision = 7)
    {
        var (source, stream) = await OpenAsync(tenant);
        await stream.SendAsync(Say.Session(tenant, revision), Say.Synced());
        await LoggedAsync("current state");
        return (source, stream);
    }

    /// <summary>Says synced and waits until the client has taken it in.</summary>
    public async Task SyncAsync(ScriptedStream stream)
    {
        await stream.SendAsync(Say.Synced());
        await LoggedAsync("current state");
    }

    /// <summary>Lets the client's next wait pass and accepts the stream it then opens.</summary>
    public async Task<ScriptedStream> ReopenedAsync()
    {
        await Time.PassWaitAsync();
        return await Server.NextStreamAsync();
    }

    /// <summary>Lets the client collect its reports, however often it does, and accepts the call it then makes.</summary>
    public async Task<ScriptedReport> ReportedAsync()
    {
        var report = Server.NextReportAsync();
        await Time.PassGatheringsAsync(report);
        return await report;
    }

    /// <summary>Sends a heartbeat and waits until the client has taken it in.</summary>
    public async Task BeatAsync(ScriptedStream stream, int asOf, params string[] staleTenants)
    {
        await stream.HeartbeatAsync(DateTimeOffset.UnixEpoch.AddSeconds(asOf), staleTenants);
        await LoggedAsync("heartbeat");
    }

    /// <summary>Waits until the client logs such a line. Lines before it are passed over and not seen again.</summary>
    public async Task LoggedAsync(string text)
    {
        string line;
        do
            line = await lines.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Soon($"the client logs '{text}'");
        while (!line.Contains(text, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        Server.HoldsReports = false;
        await Watch.DisposeAsync().AsTask().Soon("the watch is disposed of");
        await Server.DisposeAsync();
        loggers.Dispose();
        if (!ErrorsExpected)
            Assert.DoesNotContain(Logs.GetSnapshot(), record => record.Level >= LogLevel.Error);
    }
}
