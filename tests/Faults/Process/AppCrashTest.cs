using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Process;

/// <summary>A test of service processes that connect by an app of the tenant's own org and are killed. Their clocks can be advanced.</summary>
[Collection(OneAtATime.Name)]
public abstract class AppCrashTest : IAsyncDisposable
{
    private static readonly HttpClient Http = new();

    private readonly TemporaryDirectory directory = new();
    private Simulator? simulator;
    private RedisServer? redis;

    private protected List<ServiceProcess> Services { get; } = [];

    private protected Simulator Simulator => simulator!;

    private protected virtual SimulatorOptions SimulatorOptions => new();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var service in Services)
            await service.DisposeAsync();
        if (simulator is not null)
            await simulator.DisposeAsync();
        if (redis is not null)
            await redis.DisposeAsync();
        directory.Dispose();
    }

    private protected async Task StartAsync(bool onRedis, int servers)
    {
        simulator = await Simulator.StartAsync(SimulatorOptions);
        redis = onRedis ? await RedisServer.StartAsync() : null;
        string[] settings =
        [
            "Clock:Adjustable=true", .. ClientCredentialsAdministration.Settings(simulator),
            .. redis is null ? Array.Empty<string>() : [$"ConnectionStrings:Redis={redis.ConnectionString}"],
        ];
        for (var i = 0; i < servers; i++)
            Services.Add(await ServiceProcess.StartAsync(simulator, directory.Path, settings));
    }

    // Nodes are told a new revision only for a new session.
    private protected static async Task<bool> IsRenewedAsync(SyncCredentials.SyncCredentialsClient client, long before) =>
        (await client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential?.Revision > before;

    private protected Task AdvanceServicesAsync(string by) => Task.WhenAll(Services.Select(async service =>
    {
        using var response = await Http.PostAsync(new Uri(service.Http, $"/development/clock?advance={by}"), null);
        response.EnsureSuccessStatusCode();
    }));
}
