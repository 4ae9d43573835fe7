using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Sqlite;
using GrpcCreds.Server.Time;
using GrpcCreds.Tests.Rollout;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Faults.Unplanned;

/// <summary>A service whose store breaks, and one tenant's life on it. Each step must succeed in the end.</summary>
internal sealed class UnplannedWorld : IAsyncDisposable
{
    // Unfinished work, such as a test, ends by the service's clock.
    private static readonly TimeSpan AClaim = TimeSpan.FromSeconds(61);

    private readonly DevelopmentClock clock = new(speed: 10);
    private readonly Simulator simulator;
    private int tenants;
    private int refused;

    private UnplannedWorld(Simulator simulator) => this.simulator = simulator;

    public BreakingStore Store { get; private set; } = null!;

    public Service Service { get; private set; } = null!;

    private SyncCredentials.SyncCredentialsClient Client => Service.Client;

    public static async Task<UnplannedWorld> StartAsync()
    {
        var world = new UnplannedWorld(await Simulator.StartAsync());
        world.Service = await Service.StartAsync(
            world.simulator,
            clock: world.clock,
            settings: ["Limits:WritesPerTenantAndMinute=1000000"],
            configure: services => services.AddSingleton(provider =>
            {
                var (store, control) = BreakingStore.Around(new SqliteStore(provider.GetRequiredService<IOptions<StoreOptions>>()));
                world.Store = control;
                return store;
            }));
        // The log reports the failures; this test only checks their effect.
        world.Service.ExpectedErrors = _ => true;
        return world;
    }

    /// <summary>A new tenant's life: nothing of it may hang for ever, and nothing that was acknowledged may be lost.</summary>
    public async Task LiveAsync(string during)
    {
        var tenant = $"tenant-{++tenants}";
        var user = $"{tenant}@acme.test";
        simulator.AddUser(user, Calls.Password);
        // Long enough for what is counted every ten minutes to be counted again.
        clock.Advance(TimeSpan.FromMinutes(11));
        Service.Services.GetRequiredService<Refusals>().Add(new(null, "ipv4:10.0.0.1", "GetActiveCredential", "UNAUTHENTICATED", null));
        refused++;
        await UntilAsync("a password is in force", during, async () =>
        {
            await Client.SetPasswordCredentialAsync(Calls.SetPassword(tenant, user), deadline: Soon);
            return (await Client.StatusAsync(tenant)).ActiveMode == Mode.Password;
        });
        await NodeAsync(tenant, user, during);
        await UntilAsync("it is in the audit who was sent it", during, async () =>
            (await Client.ListAuditEventsAsync(new() { TenantId = tenant, VerifyChain = true }, deadline: Soon)) is var audit
            && audit.Events.Any(entry => entry.Kind == AuditKind.Disclosure) && audit.Chain.Verdict == ChainVerdict.Intact);
        await UntilAsync("each refused call is counted once", during, async () =>
            (await Client.ListAuditEventsAsync(new() { PageSize = 200 }, deadline: Soon)).Events.SelectMany(entry => entry.Refusals)
                .Sum(refusal => refusal.Count) is var told && told == refused);
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await simulator.DisposeAsync();
    }

    private static DateTime Soon => DateTime.UtcNow.AddSeconds(8);

    private async Task NodeAsync(string tenant, string user, string during)
    {
        ReportingNode? node = null;
        var instance = Guid.NewGuid().ToString();
        async Task<ReportingNode> OpenAsync()
        {
            node?.Dispose();
            return node = await ReportingNode.OpenAsync(Client, "node", tenant, instance).WaitAsync(Waiting.Long);
        }

        await UntilAsync("a node has the session", during, async () => (await OpenAsync()).AccessToken is not null);
        await UntilAsync("a report is acknowledged and the rollout done", during, async () =>
        {
            await node!.AppliesAsync().WaitAsync(Waiting.Long);
            return (await Client.StatusAsync(tenant)).Rollout?.Outcome == Outcome.Succeeded;
        });
        Assert.NotNull((await Client.ListNodesAsync(new() { TenantId = tenant })).Nodes.Single().ApplyTime);
        await UntilAsync("who asks once is answered", during,
            async () => (await Client.GetActiveCredentialAsync(new() { TenantId = tenant }, deadline: Soon)).Credential is not null);

        var before = node!.AccessToken;
        simulator.EndSessions(user);
        await UntilAsync("a session that has died is renewed", during, async () =>
        {
            if (node!.AccessToken is not null)
                await node.RejectsAsync().WaitAsync(Waiting.Long);
            return (await OpenAsync()).AccessToken is { } after && after != before;
        });
        node.Dispose();
    }

    // As a client does: what failed is tried again.
    private async Task UntilAsync(string what, string during, Func<Task<bool>> step)
    {
        var last = "no error";
        for (var until = DateTime.UtcNow + (2 * Waiting.Long); ;)
        {
            try
            {
                if (await step())
                    return;
            }
            catch (RpcException e)
            {
                last = e.Status.ToString();
                clock.Advance(AClaim);
            }
            Assert.True(DateTime.UtcNow < until, $"waited in vain until {what}, after {during}; {last}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}
