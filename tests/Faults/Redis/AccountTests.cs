using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Redis;

/// <summary>A Salesforce user is protected over all tenants and servers, and no session is renewed twice.</summary>
[Collection(OneAtATime.Name)]
public sealed class AccountTests
{
    private const string User = "shared@acme.test";

    [Fact]
    public async Task Fifty_sets_and_tests_with_a_wrong_password_on_three_servers_send_one_login()
    {
        await using var deployment = await RedisDeployment.StartAsync(new SimulatorOptions { LockoutAfter = 3 });
        deployment.Simulator.AddUser(User, "right");
        var clients = new List<SyncCredentials.SyncCredentialsClient>();
        for (var i = 0; i < 3; i++)
            clients.Add(deployment.ClientOf(await deployment.AddServiceAsync()));
        await clients[0].SetPasswordCredentialAsync(Wrong("tested", Activation.Staged));

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => OutcomeAsync(clients[i % 3], i)));

        Assert.All(outcomes, outcome => Assert.Contains(outcome, new[] { "TestFailed", "Failed", "CANDIDATE_CHANGED", "CONTENTION", "TEST_IN_PROGRESS" }));
        Assert.Contains("TestFailed", outcomes);
        Assert.Equal((1, false), (deployment.Simulator.Logins(User).Attempts, deployment.Simulator.IsLocked(User)));
        var right = Wrong("tenant-0", Activation.TestFirst);
        right.Password = "right";
        Assert.Equal(WriteResult.Activated, (await clients[1].SetPasswordCredentialAsync(right)).Result);
    }

    [Fact]
    public async Task Two_hundred_sessions_due_at_once_on_two_servers_are_renewed_by_two_hundred_logins()
    {
        const int Tenants = 200;
        await using var deployment = await RedisDeployment.StartAsync(new SimulatorOptions { SessionSecondsValid = 900 }, "Clock:Adjustable=true");
        var service = await deployment.AddServiceAsync();
        await deployment.AddServiceAsync();
        var tenants = Enumerable.Range(0, Tenants).Select(i => $"tenant-{i}").ToList();
        var first = new Dictionary<string, long>();
        foreach (var tenant in tenants)
            first[tenant] = (await deployment.SetAsync(service, tenant)).Revision;

        var request = new WatchActiveCredentialRequest();
        request.Tenants.AddRange(tenants.Select(tenant => new WatchedTenant { TenantId = tenant, KnownRevision = first[tenant] }));
        using var watch = deployment.ClientOf(service).WatchActiveCredential(request);
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        await deployment.AdvanceAsync("00:12:30");
        for (var renewed = new HashSet<string>(); renewed.Count < Tenants;)
        {
            var credential = (await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Credential;
            Assert.True(credential.Revision > first[credential.TenantId]);
            Assert.True(renewed.Add(credential.TenantId), "no session is renewed twice");
        }
        Assert.Equal(2 * Tenants, deployment.Simulator.Ledger().Count);
    }

    [Fact]
    public async Task A_refused_renewal_reaches_two_servers_as_one_login()
    {
        await using var deployment = await RedisDeployment.StartAsync(new SimulatorOptions { SessionSecondsValid = 900 }, "Clock:Adjustable=true");
        deployment.Simulator.AddUser(User, "right");
        var clients = new[] { deployment.ClientOf(await deployment.AddServiceAsync()), deployment.ClientOf(await deployment.AddServiceAsync()) };
        var set = Wrong("acme", Activation.TestFirst);
        set.Password = "right";
        Assert.Equal(WriteResult.Activated, (await clients[0].SetPasswordCredentialAsync(set)).Result);
        using var one = clients[0].WatchActiveCredential(Calls.Watch());
        using var two = clients[1].WatchActiveCredential(Calls.Watch());
        await one.ResponseStream.NextAsync(message => message.Synced is not null);
        await two.ResponseStream.NextAsync(message => message.Synced is not null);
        deployment.Simulator.ChangeUser(User, user => user with { Password = "changed in Salesforce" });

        await deployment.AdvanceAsync("00:15:01");

        Assert.Equal(Availability.Suspended, (await one.ResponseStream.NextAsync(message => message.Heartbeat is null)).Unavailable.Cause);
        Assert.Equal(Availability.Suspended, (await two.ResponseStream.NextAsync(message => message.Heartbeat is null)).Unavailable.Cause);
        await Waiting.UntilAsync(async () => (await clients[1].StatusAsync()).Modes[0].Current.LastRenewalFailure is not null,
            "the refusal is known to the other server");
        foreach (var client in clients)
            Assert.Equal(Availability.Suspended, (await client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Unavailable.Cause);
        Assert.Equal(1, deployment.Simulator.Logins(User).Refused);
    }

    private static SetPasswordCredentialRequest Wrong(string tenant, Activation activation) =>
        new() { TenantId = tenant, Username = User, Password = "wrong", SecurityToken = "", Activation = activation };

    private static async Task<string> OutcomeAsync(SyncCredentials.SyncCredentialsClient client, int number)
    {
        try
        {
            return number % 5 == 0
                ? (await client.TestAccessAsync(new() { TenantId = "tested", Mode = Mode.Password })).Test.Outcome.ToString()
                : (await client.SetPasswordCredentialAsync(Wrong($"tenant-{number % 7}", Activation.TestFirst))).Result.ToString();
        }
        catch (RpcException e)
        {
            return e.GetRpcStatus()!.GetDetail<Google.Rpc.ErrorInfo>()!.Reason;
        }
    }
}
