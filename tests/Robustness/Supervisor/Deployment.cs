using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Faults.Crash;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Robustness.Supervisor;

/// <summary>A replicated store with two services on it, and a Salesforce whose refresh tokens work once.</summary>
internal sealed class Deployment : IAsyncDisposable
{
    private const int ServiceCount = 2, RenewedTenants = 6, SessionSeconds = 40;

    private readonly TemporaryDirectory directory = new();
    private readonly List<ServiceProcess> services = [];
    private readonly List<GrpcChannel> channels = [];

    private Deployment(Topology topology, Simulator simulator) => (Topology, Simulator, Users) = (topology, simulator, new(simulator));

    public Topology Topology { get; }

    public Simulator Simulator { get; }

    public Users Users { get; }

    public IReadOnlyList<ServiceProcess> Services => services;

    public IReadOnlyList<Uri> Addresses => [.. services.Select(service => service.Grpc)];

    /// <summary>Calls to one of the services.</summary>
    public SyncCredentials.SyncCredentialsClient Client => new(channels[0]);

    /// <summary>Tenants that nobody writes and whose sessions are so short that they are renewed in every round.</summary>
    public IReadOnlyList<string> Renewed { get; } = [.. Enumerable.Range(1, RenewedTenants).Select(number => $"oauth-{number}")];

    /// <param name="topology">Not yet started; goes with the deployment.</param>
    /// <param name="settings">Of the services, instead of the topology's.</param>
    /// <param name="bug">Which seeded bug the services have; null for the real service.</param>
    public static async Task<Deployment> StartAsync(Topology topology, Func<Topology, IReadOnlyList<string>>? settings = null, string? bug = null)
    {
        var deployment = new Deployment(topology, await Simulator.StartAsync(new() { AutoApprove = true }));
        try
        {
            await topology.StartAsync();
            await deployment.StartServicesAsync(settings is null ? topology.Settings : settings(topology), bug);
            await deployment.AuthorizeAsync();
            return deployment;
        }
        catch
        {
            await deployment.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        foreach (var service in services)
            await service.DisposeAsync();
        await Topology.DisposeAsync();
        await Simulator.DisposeAsync();
        directory.Dispose();
    }

    private async Task StartServicesAsync(IReadOnlyList<string> store, string? bug)
    {
        string[] settings =
        [
            .. store, .. OAuthAdministration.Settings,
            "Store:AuditEntriesPerTenant=100000",
            "Limits:WritesPerTenantAndMinute=1000000", "Limits:CallsPerSecond=1000000", "Limits:CallsPerSecondInAll=1000000",
        ];
        for (var number = 0; number < ServiceCount; number++)
        {
            services.Add(await Faults.SeededServer.StartAsync(Simulator, directory.Path, settings, bug));
            channels.Add(GrpcChannel.ForAddress(services[number].Grpc));
        }
    }

    private async Task AuthorizeAsync()
    {
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true, MaxGrantsPerUser = RenewedTenants });
        Simulator.ChangeUser(OAuthAdministration.Ann.Username, user => user with { SessionSecondsValid = SessionSeconds });
        foreach (var tenant in Renewed)
            await Client.ConnectAsync(tenant);
    }
}
