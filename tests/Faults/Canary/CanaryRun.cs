using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>Everything that can be done with the service and to it, then the search for what came out where it must not.</summary>
internal sealed class CanaryRun(bool onRedis, string? bug = null) : IAsyncDisposable
{
    private const string Tenant = "acme";

    private CanaryWorld? started;

    public CanaryWorld World => started!;

    /// <summary>Only what every tenant does.</summary>
    public async Task<IReadOnlyList<Finding>> RunStoryAsync()
    {
        started = await CanaryWorld.StartAsync(onRedis, bug);
        await new Story(World, Tenant).RunAsync();
        return await EndAsync();
    }

    public async Task<IReadOnlyList<Finding>> RunAsync()
    {
        started = await CanaryWorld.StartAsync(onRedis, bug);
        var story = new Story(World, Tenant);
        await story.RunAsync();
        await HostileAsync();
        await StrangersAsync();
        using (var pages = new Pages(World, "pages"))
            await pages.RunAsync();
        await RenewAsync();
        await new FaultDrive(World).RunAsync();
        await StoreAsync();
        foreach (var tenant in new[] { Tenant, "pages", "fault-1", "" })
            await story.AuditAsync(tenant);
        return await EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (started is not null)
            await started.DisposeAsync();
    }

    private Task HostileAsync()
    {
        var all = CanaryWorld.Contract.Methods.SelectMany(
            method => HostileRequests.Of(World.Witness.Accepted[method.Name], World.Canaries).Select(request => (method, request)));
        return Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (call, _) => await World.CallAsync(call.method, call.request));
    }

    // Callers without valid credentials.
    private async Task StrangersAsync()
    {
        string Secret() => World.Canaries.Plain("header of a stranger");
        var good = World.Token("somebody");
        Metadata.Entry[] headers =
        [
            new("authorization", $"Bearer {good}"), new("authorization", $"Bearer {good}{Secret()}"),
            new("authorization", $"Bearer gck_0123456789ab_{Secret()}"),
            new("authorization", $"Basic {Secret()}"), new("authorization", Secret()),
            new("authorization", $"Bearer {Secret()} {Secret()}"), new("x-secret", Secret()),
            new("x-secret-bin", System.Text.Encoding.UTF8.GetBytes(Secret())), new("cookie", $"a={Secret()}"),
            new("x-too-long", Secret() + new string('x', 20_000)),
        ];
        foreach (var header in headers)
            await TryAsync(() => World.With([header]).GetCredentialStatusAsync(new() { TenantId = Tenant }).ResponseAsync);
        // Not grpc-timeout: what is no time there, the framework logs (at Debug).
        foreach (var header in new[] { "grpc-accept-encoding", "user-agent", "x-forwarded-for", "traceparent", "baggage" })
            await World.PostAsync(header, Secret(), [0, 0, 0, 0, 0]);
        await World.PostAsync("x-secret", Secret(), System.Text.Encoding.ASCII.GetBytes(World.Canaries.Plain("bytes that are no message")));
    }

    // A session nears its end while a node watches.
    private async Task RenewAsync()
    {
        var user = World.AddUser();
        await World.Admin.SetPasswordCredentialAsync(Story.Password("renewed", user));
        using var watch = World.Node.WatchActiveCredential(Calls.Watch("renewed"));
        await watch.NextStateAsync();
        await World.Service.AdvanceAsync("01:59:00");
        await Waiting.UntilAsync(() => World.Simulator.Logins(user.Username).Accepted > 1, "the session is renewed");
    }

    private async Task StoreAsync()
    {
        Task EverythingAsync() => Task.WhenAll(
            TryAsync(() => World.Admin.SetPasswordCredentialAsync(Story.Password("away", World.AddUser())).ResponseAsync),
            TryAsync(() => World.Admin.TestAccessAsync(new() { TenantId = "renewed", Mode = Mode.Password }).ResponseAsync),
            TryAsync(() => World.Node.GetActiveCredentialAsync(new() { TenantId = "renewed" }).ResponseAsync),
            TryAsync(() => World.Viewer.ListCredentialStatusesAsync(new()).ResponseAsync),
            TryAsync(() => World.Auditor.ListAuditEventsAsync(new() { TenantId = Tenant }).ResponseAsync),
            World.LookAtProcessAsync());

        await World.Store.RefusingAsync(EverythingAsync);
        await World.Store.AwayAsync(EverythingAsync);
        await Waiting.UntilAsync(
            async () => await TryAsync(() => World.Admin.SetPasswordCredentialAsync(Story.Password("damaged", World.AddUser())).ResponseAsync),
            "the store takes a write again");
        await World.Store.DamageAsync("damaged");
        await TryAsync(() => World.Admin.TestAccessAsync(new() { TenantId = "damaged", Mode = Mode.Password }).ResponseAsync);
        await TryAsync(() => World.Viewer.GetCredentialStatusAsync(new() { TenantId = "damaged" }).ResponseAsync);
        await TryAsync(() => World.Node.GetActiveCredentialAsync(new() { TenantId = "damaged" }).ResponseAsync);
    }

    // It is asked to stop while a node watches and a login is under way.
    private async Task<IReadOnlyList<Finding>> EndAsync()
    {
        using var watch = World.Node.WatchActiveCredential(Calls.Watch());
        await watch.NextStateAsync();
        var user = World.AddUser();
        using (var hold = World.Simulator.Hold(Endpoint.Login, username: user.Username))
        {
            var last = TryAsync(() => World.Admin.SetPasswordCredentialAsync(Story.Password("last", user)).ResponseAsync);
            await hold.WaitAsync(1, TestContext.Current.CancellationToken);
            var ended = World.EndAsync();
            while (await TryAsync(() => watch.ResponseStream.NextAsync()))
                continue;
            hold.Release();
            await last;
            Assert.Equal(0, await ended);
        }
        return new Scan(World.Canaries).In(World.Sinks);
    }

    private static async Task<bool> TryAsync(Func<Task> call)
    {
        try
        {
            await call().WaitAsync(Waiting.Long);
            return true;
        }
        catch (RpcException)
        {
            // The witness has it.
            return false;
        }
    }
}
