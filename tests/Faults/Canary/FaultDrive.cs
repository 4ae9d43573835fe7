using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>Everything that the service asks Salesforce for, failing in every way, each with a tenant and a user of its own.</summary>
internal sealed class FaultDrive(CanaryWorld world)
{
    private const int AtOnce = 32;

    // One tick is enough for what is waited for after an answer was lost.
    private const string AfterAClaim = "00:01:05";

    private int tenants;

    private Dictionary<string, Func<Failure, string, SimulatedUser, Task>> Ways => new()
    {
        ["login"] = async (failure, tenant, user) =>
        {
            world.Simulator.Fail(Endpoint.Login, failure, username: user.Username);
            await world.Admin.SetPasswordCredentialAsync(Story.Password(tenant, user));
        },
        ["session"] = async (failure, tenant, user) =>
        {
            var set = await world.Admin.SetPasswordCredentialAsync(Story.Password(tenant, user));
            world.Simulator.Fail(Endpoint.Data, failure, times: 2, username: user.Username);
            await RejectAsync(tenant, set.Status.Revision);
        },
        ["code"] = async (failure, tenant, user) =>
        {
            world.Simulator.Fail(Endpoint.Token, failure, username: user.Username);
            await Story.ConnectAsync(world, tenant, user);
        },
        ["refresh"] = async (failure, tenant, user) =>
        {
            await Story.ConnectAsync(world, tenant, user);
            world.Simulator.EndSessions(user.Username);
            world.Simulator.Fail(Endpoint.Token, failure, username: user.Username);
            await world.Admin.TestAccessAsync(new() { TenantId = tenant, Mode = Mode.Oauth });
        },
        ["userinfo"] = async (failure, tenant, user) =>
        {
            await Story.ConnectAsync(world, tenant, user);
            world.Simulator.Fail(Endpoint.UserInfo, failure, times: 2, username: user.Username);
            await world.Admin.TestAccessAsync(new() { TenantId = tenant, Mode = Mode.Oauth });
        },
        ["revocation"] = async (failure, tenant, user) =>
        {
            await Story.ConnectAsync(world, tenant, user);
            world.Simulator.Fail(Endpoint.Revoke, failure, times: 2, username: user.Username);
            await world.Admin.DeleteOAuthAsync(new() { TenantId = tenant, AllowActive = true });
        },
    };

    public async Task RunAsync()
    {
        var introspected = await LoseRenewalsAsync();
        await world.Service.AdvanceAsync(AfterAClaim);
        await ManyAsync(SalesforceFaults.All(world.Canaries).SelectMany(failure => Ways.Values.Select(way => (failure, way))), one => RunAsync(one.way, one.failure));
        await Waiting.UntilAsync(() => introspected.All(user => Asked(user, "/services/oauth2/introspect")), "Salesforce is asked whether the tokens live");
        foreach (var path in new[] { "/services/Soap/u/64.0", "/services/data/v64.0", "/services/oauth2/token", "/services/oauth2/userinfo", "/services/oauth2/revoke" })
            Assert.Contains(world.Simulator.Requests(), request => request.Path.Equals(path, StringComparison.OrdinalIgnoreCase) && request.Status is 0 or >= 400);
    }

    // After the answer to a renewal was lost, the service asks for the token, and that fails.
    private async Task<IReadOnlyCollection<string>> LoseRenewalsAsync()
    {
        var users = new System.Collections.Concurrent.ConcurrentBag<string>();
        await ManyAsync(SalesforceFaults.All(world.Canaries), failure => RunAsync(
            async (_, tenant, user) =>
            {
                await Ways["refresh"](Failure.ResetAfterProcessing(), tenant, user);
                world.Simulator.Fail(Endpoint.Introspect, failure, username: user.Username);
                users.Add(user.Username);
            },
            failure));
        return users;
    }

    private async Task RunAsync(Func<Failure, string, SimulatedUser, Task> way, Failure failure)
    {
        var (tenant, user) = ($"fault-{Interlocked.Increment(ref tenants)}", world.AddUser());
        try
        {
            await way(failure, tenant, user);
        }
        catch (RpcException)
        {
            // The witness has it.
        }
        await world.Viewer.GetCredentialStatusAsync(new() { TenantId = tenant });
        await world.Node.GetActiveCredentialAsync(new() { TenantId = tenant });
    }

    private async Task RejectAsync(string tenant, long revision) => await world.Node.ReportCredentialsAsync(new()
    {
        NodeId = "node-0",
        Reports = { new NodeReport { TenantId = tenant, Revision = revision, Outcome = ReportedOutcome.Rejected, FailureClass = FailureClass.SessionRefused } },
    });

    private bool Asked(string user, string path) => world.Simulator.Requests().Any(request => request.Username == user && request.Path == path);

    private static Task ManyAsync<T>(IEnumerable<T> all, Func<T, Task> one) =>
        Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (next, _) => await one(next));
}
