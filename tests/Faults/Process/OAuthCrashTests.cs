using Grpc.Core;
using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Process;

/// <summary>kill -9 between Salesforce's work and our commit: what was lost is said, and no token is presented on a guess.</summary>
[Collection(OneAtATime.Name)]
public sealed class OAuthCrashTests : IAsyncLifetime
{
    private static readonly HttpClient Http = new();

    private readonly TemporaryDirectory directory = new();
    private Simulator? simulator;
    private ServiceProcess? service;

    private Simulator Simulator => simulator!;

    private ServiceProcess Service => service!;

    public async ValueTask InitializeAsync()
    {
        simulator = await Simulator.StartAsync(new SimulatorOptions { AutoApprove = true, SessionSecondsValid = 900 });
        service = await ServiceProcess.StartAsync(Simulator, directory.Path, ["Clock:Adjustable=true", .. OAuthAdministration.Settings]);
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await Simulator.DisposeAsync();
        directory.Dispose();
    }

    [Fact]
    public async Task A_completion_that_was_killed_ends_as_unknown_after_its_claim_and_can_be_started_again()
    {
        CompleteOAuthSetupRequest signedIn;
        using (var hold = Simulator.Hold(Endpoint.Token, HoldPoint.AfterProcessing))
        {
            using var channel = GrpcChannel.ForAddress(Service.Grpc);
            var client = new SyncCredentials.SyncCredentialsClient(channel);
            await client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
            signedIn = new(await client.SignInAsync()) { RequestId = Guid.NewGuid().ToString() };
            var lost = Assert.ThrowsAsync<RpcException>(() => client.CompleteOAuthSetupAsync(signedIn).ResponseAsync);
            await KillAsync(hold);
            await lost;
        }

        await Service.StartAsync();
        using var again = GrpcChannel.ForAddress(Service.Grpc);
        var restarted = new SyncCredentials.SyncCredentialsClient(again);
        Assert.Equal(Outcome.Pending, (await restarted.StatusAsync()).OAuth().LastSetup.Outcome);
        using var until = restarted.WatchCredentialStatus(new() { TenantId = "acme", Until = Until.SetupFinished });
        await until.ResponseStream.NextAsync();
        await AdvanceAsync("00:01:01");
        var last = (await until.ResponseStream.NextAsync()).Status;
        Assert.Equal((Outcome.Failed, FailureClass.OutcomeUnknown), (last.OAuth().LastSetup.Outcome, last.OAuth().LastSetup.Failure.FailureClass));
        Assert.False(await until.ResponseStream.MoveNext(TestContext.Current.CancellationToken).WaitAsync(Waiting.Long, TestContext.Current.CancellationToken));

        Assert.Equal(WriteResult.TestUnknown, (await restarted.CompleteOAuthSetupAsync(signedIn)).Result);
        await restarted.CompleteOAuthSetupAsync(new(signedIn) { RequestId = Guid.NewGuid().ToString() })
            .FailsAsync(StatusCode.FailedPrecondition, "OAUTH_STATE_USED");
        Assert.Equal(1, Simulator.Requests().Count(request => request.Path == "/services/oauth2/token"));
        Assert.Equal(WriteResult.Activated, (await restarted.SetUpAsync()).Result);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_killed_renewal_introspection_decides(bool rotation)
    {
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = rotation });
        using (var channel = GrpcChannel.ForAddress(Service.Grpc))
        {
            var client = new SyncCredentials.SyncCredentialsClient(channel);
            await client.ConnectAsync();
            using var watch = client.WatchActiveCredential(Calls.Watch());
            await watch.ResponseStream.NextAsync(message => message.Synced is not null);
            using var renewal = Simulator.Hold(Endpoint.Token, HoldPoint.AfterProcessing);
            await AdvanceAsync("00:12:30");
            await KillAsync(renewal);
        }

        await Service.StartAsync();
        using var again = GrpcChannel.ForAddress(Service.Grpc);
        var restarted = new SyncCredentials.SyncCredentialsClient(again);
        // By the restarted clock the claim lies ahead, and it ends all the same.
        await AdvanceAsync("00:12:30");
        await AdvanceAsync("00:01:01");
        await Simulator.WaitForGrantsAsync(
            grants => grants[0].RefreshTokens[0].Presentations.Any(one => one is { Endpoint: Endpoint.Introspect, EndTime: not null }),
            cancellationToken: TestContext.Current.CancellationToken).WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
        if (!rotation)
        {
            // It is alive and continues.
            await Waiting.UntilAsync(async () => (await restarted.StatusAsync()).OAuth().Current.Grant.LastRenewalFailure is null, "it is renewed");
            Assert.Equal(2, Simulator.Grants()[0].RefreshTokens[0].Refreshes);
            return;
        }
        await Waiting.UntilAsync(
            async () => (await restarted.StatusAsync()).OAuth().Current.Grant.LastRenewalFailure is { FailureClass: FailureClass.OutcomeUnknown } failure
                && failure.Advice.StartsWith("Set up the OAuth token", StringComparison.Ordinal),
            "the grant is found lost");
        await AdvanceAsync("00:03:00");
        await Waiting.UntilAsync(async () => (await restarted.StatusAsync()).Availability == Availability.ReauthorizationRequired, "nodes are told");
        Assert.Equal(
            (1, 0), (Simulator.Grants()[0].RefreshTokens.Sum(token => token.Refreshes), Simulator.Grants()[0].RefreshTokens.Sum(token => token.Reuses)));
    }

    private async Task KillAsync(Hold hold)
    {
        await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken).WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
        await Service.KillAsync();
        hold.Release();
    }

    private async Task AdvanceAsync(string by)
    {
        using var response = await Http.PostAsync(new Uri(Service.Http, $"/development/clock?advance={by}"), null);
        response.EnsureSuccessStatusCode();
    }
}
