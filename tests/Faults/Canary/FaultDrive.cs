using System.Collections.Concurrent;
using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Rollout;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>Everything that the service asks Salesforce for, failing in every way, each with a tenant and a user of its own.</summary>
internal sealed class FaultDrive(CanaryWorld world)
{
    // More than there are failures that last until the service gives up: they pass at the same time.
    private const int AtOnce = 32;

    // By then a claim with an unknown outcome has ended.
    private const string AfterAClaim = "00:01:05";

    private static readonly Dictionary<Endpoint, string> Paths = new()
    {
        [Endpoint.Login] = "/services/Soap/u/64.0",
        [Endpoint.Data] = "/services/data/v64.0",
        [Endpoint.Composite] = "/services/data/v64.0/composite",
        [Endpoint.UserInfo] = "/services/oauth2/userinfo",
        [Endpoint.Token] = "/services/oauth2/token",
        [Endpoint.Revoke] = "/services/oauth2/revoke",
        [Endpoint.Introspect] = "/services/oauth2/introspect",
    };

    private int tenants;

    private IReadOnlyList<Way> Ways =>
    [
        new(Endpoint.Login, (_, _) => Task.CompletedTask, SetAsync),
        new(Endpoint.Login, async (tenant, user) => await EndSessionsAsync(user, SetAsync(tenant, user)), RejectAsync),
        new(Endpoint.Data, SetAsync, RejectAsync),
        // The service sends no background requests to a failing host; a test that a person requests still runs.
        new(Endpoint.Data, ConnectAsync, TestAsync),
        new(Endpoint.Composite, (_, _) => Task.CompletedTask, SetAsync),
        new(Endpoint.Token, (_, _) => Task.CompletedTask, ConnectAsync),
        new(Endpoint.Token, async (tenant, user) => await EndSessionsAsync(user, ConnectAsync(tenant, user)), TestAsync),
        new(Endpoint.Token, async (tenant, user) => await EndSessionsAsync(user, ConnectAsync(tenant, user)), RejectAsync),
        new(Endpoint.UserInfo, ConnectAsync, TestAsync),
        new(Endpoint.Revoke, ConnectAsync, async (tenant, _) => await world.Admin.DeleteOAuthAsync(new() { TenantId = tenant, AllowActive = true })),
    ];

    // The request after a renewal's answer was lost: sent later, by the service itself.
    private Way AfterALoss => new(
        Endpoint.Introspect,
        async (tenant, user) =>
        {
            await EndSessionsAsync(user, ConnectAsync(tenant, user));
            world.Simulator.Fail(Endpoint.Token, Failure.ResetAfterProcessing(), username: user.Username);
            await TestAsync(tenant, user);
        },
        (_, _) => Task.CompletedTask);

    public async Task RunAsync()
    {
        var failed = new ConcurrentBag<(Endpoint Endpoint, string User)>();
        // Each once while all is well, what may wait first: once much has gone wrong the service leaves the host in peace, longer than this test lasts.
        foreach (var way in Ways.Reverse())
            failed.Add(await RunAsync(way, Failure.Rest(400, "NOT_NOW", "not now")));
        await ManyAsync(SalesforceFaults.All(world.Canaries).Select(failure => (AfterALoss, failure)), failed);
        await world.Service.AdvanceAsync(AfterAClaim);
        await ManyAsync(SalesforceFaults.All(world.Canaries).SelectMany(failure => Ways.Select(way => (way, failure))), failed);
        world.Simulator.ClearFailures();
        foreach (var (endpoint, path) in Paths)
        {
            var users = failed.Where(one => one.Endpoint == endpoint).Select(one => one.User).ToHashSet();
            Assert.True(world.Simulator.Requests().Any(request => request.Path == path && users.Contains(request.Username ?? "")),
                $"{endpoint} was never asked for");
        }
    }

    private Task ManyAsync(IEnumerable<(Way Way, Failure Failure)> all, ConcurrentBag<(Endpoint, string)> failed) =>
        Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (next, _) => failed.Add(await RunAsync(next.Way, next.Failure)));

    private async Task<(Endpoint, string)> RunAsync(Way way, Failure failure)
    {
        var (tenant, user) = ($"fault-{Interlocked.Increment(ref tenants)}", world.AddUser());
        await way.Prepare(tenant, user);
        world.Simulator.Fail(way.Endpoint, failure, username: user.Username);
        await TryAsync(() => way.Act(tenant, user));
        await world.Viewer.StatusAsync(tenant);
        // Without a session it may take long; the test need not wait for the end.
        await TryAsync(() => world.Node.GetActiveCredentialAsync(new() { TenantId = tenant }, deadline: DateTime.UtcNow.AddMilliseconds(300)).ResponseAsync);
        return (way.Endpoint, user.Username);
    }

    private async Task SetAsync(string tenant, SimulatedUser user) => await world.Admin.SetPasswordCredentialAsync(Story.Password(tenant, user));

    private Task ConnectAsync(string tenant, SimulatedUser user) => Story.ConnectAsync(world, tenant, user);

    private async Task TestAsync(string tenant, SimulatedUser user) => await world.Admin.TestAccessAsync(new() { TenantId = tenant, Mode = Mode.Oauth });

    private async Task RejectAsync(string tenant, SimulatedUser user)
    {
        // As a node that was sent what it rejects: another is not believed.
        using var node = await ReportingNode.OpenAsync(world.Node, tenant, tenant);
        await node.RejectsAsync();
    }

    private async Task EndSessionsAsync(SimulatedUser user, Task afterwards)
    {
        await afterwards;
        world.Simulator.EndSessions(user.Username);
    }

    private static async Task TryAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (RpcException)
        {
            // The witness has it.
        }
    }

    /// <param name="Endpoint">What fails.</param>
    /// <param name="Prepare">What has to be before that; it goes well.</param>
    /// <param name="Act">What makes the service ask for it.</param>
    private sealed record Way(Endpoint Endpoint, Func<string, SimulatedUser, Task> Prepare, Func<string, SimulatedUser, Task> Act);
}
