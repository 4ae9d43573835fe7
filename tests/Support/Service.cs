using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server;
using GrpcCreds.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Xunit;

namespace GrpcCreds.Tests.Support;

/// <summary>
/// The real service in this process, on free loopback ports, with a real client. When it is disposed, any error it logged that the test did
/// not expect fails the test.
/// </summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly GrpcChannel channel;
    private readonly TemporaryDirectory? ownDirectory;
    private bool jumped;

    private Service(WebApplication app, TemporaryDirectory? ownDirectory)
    {
        this.app = app;
        this.ownDirectory = ownDirectory;
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        Grpc = new Uri(addresses[0]);
        Http = new Uri(addresses[1]);
        channel = GrpcChannel.ForAddress(Grpc);
        Client = new SyncCredentials.SyncCredentialsClient(channel);
    }

    public Uri Grpc { get; }

    public Uri Http { get; }

    public SyncCredentials.SyncCredentialsClient Client { get; }

    public IServiceProvider Services => app.Services;

    public FakeLogCollector Logs => app.Services.GetFakeLogCollector();

    /// <summary>Which logged errors this test means to cause.</summary>
    public Func<FakeLogRecord, bool> ExpectedErrors { get; set; } = _ => false;

    /// <param name="simulator">Salesforce, if the test needs one.</param>
    /// <param name="directory">The data directory; a new one that goes with the service if left out.</param>
    /// <param name="clock">The service's clock; the real one if left out.</param>
    /// <param name="settings">As <c>Section:Name=value</c>.</param>
    /// <param name="configure">Replaces services.</param>
    public static async Task<Service> StartAsync(
        Simulator? simulator = null,
        TemporaryDirectory? directory = null,
        TimeProvider? clock = null,
        IEnumerable<string>? settings = null,
        Action<IServiceCollection>? configure = null)
    {
        var ownDirectory = directory is null ? new TemporaryDirectory() : null;
        string[] args =
        [
            "--environment=Development",
            // All that the platform logs is seen by the tests.
            "--Logging:LogLevel:Microsoft=Trace",
            "--Logging:LogLevel:Grpc=Trace",
            "--Logging:LogLevel:System=Trace",
            "--Listen:Grpc=127.0.0.1:0",
            "--Listen:Http=127.0.0.1:0",
            $"--Store:DataDirectory={(directory ?? ownDirectory)!.Path}",
            .. simulator is null ? Array.Empty<string>()
            : [$"--Salesforce:Production:ApiBaseUrl={simulator.Production}", $"--Salesforce:Sandbox:ApiBaseUrl={simulator.Sandbox}"],
            .. (settings ?? []).Select(setting => $"--{setting}"),
        ];
        var app = ServiceHost.Build(args, builder =>
        {
            builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddFakeLogging();
            if (clock is not null)
                builder.Services.AddSingleton(clock);
            configure?.Invoke(builder.Services);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        // A clock that a test gives jumps.
        return new Service(app, ownDirectory) { jumped = clock is not null };
    }

    /// <summary>Makes the service's clock jump ahead; needs the setting Clock:Adjustable.</summary>
    public async Task AdvanceAsync(string by)
    {
        jumped = true;
        using var http = new HttpClient();
        using var answer = await http.PostAsync(new Uri(Http, $"/development/clock?advance={by}"), null);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        channel.Dispose();
        await app.StopAsync();
        var errors = Logs.GetSnapshot().Where(record => record.Level >= LogLevel.Error && !ExpectedErrors(record) && !IsOfTime(record))
            .Select(record => record.ToString()).ToList();
        await app.DisposeAsync();
        ownDirectory?.Dispose();
        Assert.Empty(errors);
    }

    // Between a jump of the clock and the next look at the store, what was seen of it is old; health, which real time drives, may fall just then. On a
    // machine that runs all the tests at once the next look may come late as well.
    private bool IsOfTime(FakeLogRecord record) =>
        record.Message.StartsWith("Health check store has status Unhealthy", StringComparison.Ordinal)
        && (jumped || record.Message.Contains("has not been read successfully", StringComparison.Ordinal));
}
