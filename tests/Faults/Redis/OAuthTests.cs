using System.Diagnostics;
using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Redis;

/// <summary>Salesforce sees a state or a grant used once, even if several servers use it.</summary>
[Collection(OneAtATime.Name)]
public sealed class OAuthTests(ITestOutputHelper output)
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
    public async Task A_revocation_in_Salesforce_found_by_one_servers_renewal_is_shown_on_all_of_them_within_a_second()
    {
        await using var deployment = await StartAsync();
        var clients = new List<SyncCredentials.SyncCredentialsClient>();
        for (var i = 0; i < 3; i++)
            clients.Add(deployment.ClientOf(await deployment.AddServiceAsync()));
        await clients[0].ConnectAsync();
        var watches = new List<AsyncServerStreamingCall<WatchActiveCredentialResponse>>();
        foreach (var client in clients)
            watches.Add((await client.OpenWatchAsync()).Watch);
        deployment.Simulator.RevokeGrant(1);
        using var renewal = deployment.Simulator.Hold(Endpoint.UserInfo);
        await deployment.AdvanceAsync("00:12:30");
        // The renewal was refused, and the session is being asked after.
        await renewal.WaitAsync(1, TestContext.Current.CancellationToken).WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
        foreach (var client in clients)
        {
            await Waiting.UntilAsync(
                async () => await client.StatusAsync() is { Availability: Availability.Serving } status
                    && status.Warnings.Contains(Warning.RenewalFailing), "every status warns");
        }

        var answered = Stopwatch.GetTimestamp();
        renewal.Release();
        foreach (var told in await Task.WhenAll(watches.Select(watch => watch.NextStateAsync())))
            Assert.Equal(Availability.ReauthorizationRequired, told.Unavailable.Cause);
        var took = Stopwatch.GetElapsedTime(answered);
        output.WriteLine($"told three nodes on three servers after {took.TotalMilliseconds:0} ms");
        Assert.True(took < TimeSpan.FromSeconds(1), $"it took {took}");
        foreach (var client in clients)
            await Waiting.UntilAsync(async () => (await client.StatusAsync()).Availability == Availability.ReauthorizationRequired, "every status shows it");
        watches.ForEach(watch => watch.Dispose());
        Assert.Single(deployment.Simulator.Refreshes());
    }

    // The simulator's clock does not jump, so its sessions outlive the jump.
    private static Task<RedisDeployment> StartAsync() =>
        RedisDeployment.StartAsync(new SimulatorOptions { AutoApprove = true, SessionSecondsValid = 900 },
            ["Clock:Adjustable=true", .. OAuthAdministration.Settings]);

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
