using System.Collections.Concurrent;
using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Redis;

/// <summary>Whatever several servers do with one state or one grant, Salesforce sees it once.</summary>
[Collection(OneAtATime.Name)]
public sealed class OAuthTests
{
    [Fact]
    public async Task A_setup_started_on_one_server_is_completed_on_the_other_and_nodes_of_both_get_it()
    {
        await using var deployment = await StartAsync();
        var (one, two) = (deployment.ClientOf(await deployment.AddServiceAsync()), deployment.ClientOf(await deployment.AddServiceAsync()));
        await one.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var signedIn = await one.SignInAsync();
        var watches = new[] { (await one.OpenWatchAsync()).Watch, (await two.OpenWatchAsync()).Watch };
        using var until = one.WatchCredentialStatus(new() { TenantId = "acme", Until = Until.SetupFinished });
        await until.ResponseStream.NextAsync();

        var completed = await two.CompleteOAuthSetupAsync(signedIn);
        Assert.Equal(WriteResult.Activated, completed.Result);
        foreach (var watch in watches)
        {
            Assert.Equal(completed.Status.Revision, (await watch.NextStateAsync()).Credential.Revision);
            watch.Dispose();
        }
        CredentialStatus? last = null;
        while (await until.ResponseStream.MoveNext(TestContext.Current.CancellationToken).WaitAsync(Waiting.Long, TestContext.Current.CancellationToken))
            last = until.ResponseStream.Current.Status;
        Assert.Equal(Outcome.Succeeded, last?.OAuth().LastSetup.Outcome);
    }

    [Fact]
    public async Task Fifty_completions_of_one_state_over_two_servers_make_one_token_request()
    {
        await using var deployment = await StartAsync();
        var clients = new[] { deployment.ClientOf(await deployment.AddServiceAsync()), deployment.ClientOf(await deployment.AddServiceAsync()) };
        await clients[0].SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var signedIn = await clients[0].SignInAsync();
        var withId = new CompleteOAuthSetupRequest(signedIn) { RequestId = Guid.NewGuid().ToString() };
        // Every fifth is the same request sent again, and gets the same answer if it was the first.
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => OutcomeAsync(clients[i % 2], i % 5 == 0 ? withId : signedIn)));
        Assert.Contains("Activated", outcomes);
        Assert.All(outcomes, outcome => Assert.Contains(outcome, new[] { "Activated", "OAUTH_STATE_USED" }));
        Assert.Equal((1, 1), (TokenRequests(deployment), deployment.Simulator.Grants().Count));
    }

    [Fact]
    public async Task Two_hundred_grants_due_at_once_on_two_servers_are_presented_once_each()
    {
        const int Tenants = 200;
        await using var deployment = await StartAsync();
        deployment.Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true, MaxGrantsPerUser = Tenants });
        var client = deployment.ClientOf(await deployment.AddServiceAsync());
        await deployment.AddServiceAsync();
        var tenants = Enumerable.Range(0, Tenants).Select(i => $"tenant-{i}").ToList();
        var first = new ConcurrentDictionary<string, long>();
        await Parallel.ForEachAsync(tenants, TestContext.Current.CancellationToken, async (tenant, _) => first[tenant] = (await client.ConnectAsync(tenant)).Revision);
        var request = new WatchActiveCredentialRequest();
        request.Tenants.AddRange(tenants.Select(tenant => new WatchedTenant { TenantId = tenant, KnownRevision = first[tenant] }));
        using var watch = client.WatchActiveCredential(request);
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);

        await deployment.AdvanceAsync("00:12:30");

        for (var renewed = new HashSet<string>(); renewed.Count < Tenants;)
        {
            var credential = (await watch.NextStateAsync()).Credential;
            Assert.True(credential.Revision > first[credential.TenantId]);
            Assert.True(renewed.Add(credential.TenantId), "no grant is renewed twice");
        }
        Assert.All(deployment.Simulator.Grants(), grant => Assert.Equal([1, 0], grant.RefreshTokens.Select(token => token.Refreshes)));
        Assert.Equal(2 * Tenants, TokenRequests(deployment));
    }

    // The simulator's clock does not jump, so its sessions outlive the jump.
    private static Task<RedisDeployment> StartAsync() =>
        RedisDeployment.StartAsync(new SimulatorOptions { AutoApprove = true, SessionSecondsValid = 900 }, ["Clock:Adjustable=true", .. OAuthAdministration.Settings]);

    private static int TokenRequests(RedisDeployment deployment) => deployment.Simulator.Requests().Count(request => request.Path == "/services/oauth2/token");

    private static async Task<string> OutcomeAsync(SyncCredentials.SyncCredentialsClient client, CompleteOAuthSetupRequest request)
    {
        try
        {
            return (await client.CompleteOAuthSetupAsync(request)).Result.ToString();
        }
        catch (RpcException e)
        {
            return e.GetRpcStatus()!.GetDetail<Google.Rpc.ErrorInfo>()!.Reason;
        }
    }
}
