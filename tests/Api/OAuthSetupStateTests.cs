using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Salesforce.Setup;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Rules;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Mode = GrpcCreds.V1.Mode;
using Outcome = GrpcCreds.V1.Outcome;
using WriteResult = GrpcCreds.V1.WriteResult;

namespace GrpcCreds.Tests.Api;

/// <summary>The life of a state: it works once, for the caller that requested it, before it expires, and until a newer one replaces it.</summary>
public sealed class OAuthSetupStateTests : OAuthServiceTest
{
    [Fact]
    public async Task Fifty_completions_of_one_state_make_one_token_request()
    {
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var signedIn = await Client.SignInAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => OutcomeAsync(signedIn)));
        Assert.Single(outcomes, "Activated");
        Assert.Equal(49, outcomes.Count(outcome => outcome == "OAUTH_STATE_USED"));
        Assert.Equal((1, 1), (TokenRequests, Simulator.Grants().Count));
    }

    [Fact]
    public async Task A_state_that_was_used_or_never_given_is_refused()
    {
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var signedIn = await Client.SignInAsync();
        await Client.CompleteOAuthSetupAsync(signedIn);
        await Client.CompleteOAuthSetupAsync(signedIn).FailsAsync(StatusCode.FailedPrecondition, "OAUTH_STATE_USED");

        foreach (var stranger in new[] { "x", "AAAA", new string('A', 200), OAuthState.Of(TenantId.Parse("acme"), new byte[32]).Value.Reveal(),
            OAuthState.Of(TenantId.Parse("other"), new byte[32]).Value.Reveal() })
        {
            var refused = await Client.CompleteOAuthSetupAsync(new(signedIn) { State = stranger })
                .FailsAsync(StatusCode.FailedPrecondition, "OAUTH_STATE_INVALID");
            Assert.DoesNotContain(signedIn.Code, refused.ToString(), StringComparison.Ordinal);
        }
        Assert.Equal(1, TokenRequests);
    }

    [Fact]
    public async Task A_setup_nobody_comes_back_from_expires_and_the_status_says_so()
    {
        await Client.ActivateAsync();
        var before = await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var signedIn = await Client.SignInAsync();
        using var watch = Client.WatchCredentialStatus(new() { TenantId = "acme", Until = Until.SetupFinished });
        Assert.Equal(Outcome.Pending, (await watch.ResponseStream.NextAsync()).Status.OAuth().LastSetup.Outcome);

        Clock.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1));
        var last = (await watch.ResponseStream.NextAsync(message => message.Status.OAuth().LastSetup.Outcome != Outcome.Pending)).Status;
        Assert.False(await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken).WaitAsync(Waiting.Long, TestContext.Current.CancellationToken));
        Assert.Equal(StatusCode.OK, watch.GetStatus().StatusCode);
        Assert.Equal((Outcome.Failed, V1.FailureClass.NeedsSetup), (last.OAuth().LastSetup.Outcome, last.OAuth().LastSetup.Failure.FailureClass));
        Assert.Contains("10 minutes", last.OAuth().LastSetup.Failure.Advice, StringComparison.Ordinal);
        Assert.Equal((before.Status.Revision, V1.Availability.Serving), (last.Revision, last.Availability));
        Assert.NotNull(last.OAuth().Candidate);
        await Client.CompleteOAuthSetupAsync(signedIn).FailsAsync(StatusCode.FailedPrecondition, "OAUTH_STATE_EXPIRED");
        Assert.Equal(0, TokenRequests);
        Assert.Equal(WriteResult.Activated, (await Client.SetUpAsync()).Result);
    }

    [Fact]
    public async Task A_watch_until_the_setup_is_finished_ends_with_OK_when_it_is()
    {
        using var idle = Client.WatchCredentialStatus(new() { TenantId = "acme", Until = Until.SetupFinished });
        await idle.ResponseStream.NextAsync();
        Assert.False(await idle.ResponseStream.MoveNext(TestContext.Current.CancellationToken).WaitAsync(Waiting.Long, TestContext.Current.CancellationToken));

        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var signedIn = await Client.SignInAsync();
        using var watch = Client.WatchCredentialStatus(new() { TenantId = "acme", Until = Until.SetupFinished });
        await watch.ResponseStream.NextAsync();
        var completed = (await Client.CompleteOAuthSetupAsync(signedIn)).Status;
        V1.CredentialStatus? last = null;
        while (await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken).WaitAsync(Waiting.Long, TestContext.Current.CancellationToken))
            last = watch.ResponseStream.Current.Status;
        Assert.Equal(completed, last);
    }

    [Theory]
    [InlineData("start")]
    [InlineData("set")]
    [InlineData("reset")]
    [InlineData("discard")]
    [InlineData("delete")]
    public async Task Whatever_is_newer_takes_the_place_of_an_open_setup(string newer)
    {
        await Client.ActivateAsync();
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var signedIn = await Client.SignInAsync();
        await WriteAsync(newer);
        await Client.CompleteOAuthSetupAsync(signedIn).FailsAsync(StatusCode.FailedPrecondition, "OAUTH_STATE_SUPERSEDED");
        var setup = (await OAuthStatusAsync()).LastSetup;
        Assert.Equal(newer == "start" ? Outcome.Pending : Outcome.Failed, setup.Outcome);
        Assert.Equal(0, TokenRequests);
    }

    [Theory]
    [InlineData("start")]
    [InlineData("set")]
    [InlineData("discard")]
    [InlineData("delete")]
    public async Task What_comes_while_the_code_is_exchanged_wins_and_the_new_grant_is_revoked(string newer)
    {
        await Client.ActivateAsync();
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var signedIn = await Client.SignInAsync();
        using var hold = Simulator.Hold(Endpoint.Token, HoldPoint.AfterProcessing);
        var completing = Client.CompleteOAuthSetupAsync(signedIn);
        await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken);
        await WriteAsync(newer);
        hold.Release();
        await completing.FailsAsync(StatusCode.Aborted, "CANDIDATE_CHANGED");
        await Simulator.WaitForGrantsAsync(grants => grants.Single().End == TokenEnd.Revoked, cancellationToken: TestContext.Current.CancellationToken)
            .WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
        Assert.Equal((V1.Availability.Serving, Mode.Password), ((await Client.StatusAsync()).Availability, (await Client.StatusAsync()).ActiveMode));
    }

    [Fact]
    public async Task Once_the_code_is_sent_the_setup_is_completed_though_its_caller_has_gone()
    {
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var signedIn = await Client.SignInAsync();
        using var hold = Simulator.Hold(Endpoint.Token);
        using (var leaving = new CancellationTokenSource())
        {
            var completing = Client.CompleteOAuthSetupAsync(signedIn, cancellationToken: leaving.Token).ResponseAsync;
            await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken);
            await leaving.CancelAsync();
            await Assert.ThrowsAsync<RpcException>(() => completing);
        }
        hold.Release();
        await UntilAsync(status => status.Availability == V1.Availability.Serving, "it is completed");
        Assert.Equal(Outcome.Succeeded, (await OAuthStatusAsync()).LastSetup.Outcome);
    }

    [Fact]
    public async Task Neither_code_nor_state_nor_token_is_in_a_log_or_a_status()
    {
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var signedIn = await Client.SignInAsync();
        var status = (await Client.CompleteOAuthSetupAsync(signedIn)).Status.ToString();
        await Client.CompleteOAuthSetupAsync(signedIn).FailsAsync(StatusCode.FailedPrecondition, "OAUTH_STATE_USED");
        var everything = string.Join('\n', Service.Logs.GetSnapshot().Select(record => record.ToString()).Append(status));
        Assert.Contains("CompleteOAuthSetup", everything, StringComparison.Ordinal);
        foreach (var secret in new[] { signedIn.State, signedIn.Code, signedIn.Code.TrimEnd('='),
            Simulator.Sessions().Single().Id, DefaultApps.Demo.ConsumerSecret })
            Assert.DoesNotContain(secret, everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_who_started_a_setup_may_complete_it_by_a_call()
    {
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var signedIn = await Client.SignInAsync();
        var setups = Service.Services.GetRequiredService<OAuthSetups>();
        var state = OAuthState.Parse(signedIn.State)!;
        Task<Applied> CompleteAsync(string by) => setups.CompleteAsync(
            state.Tenant,
            new Command.CompleteSetup { RequestId = Guid.NewGuid(), By = by, StateHash = state.Hash, ByAnybody = false },
            new Secret(signedIn.Code),
            new Origin(by, null, "CompleteOAuthSetup", null),
            RequestKey.Own(),
            TestContext.Current.CancellationToken);

        var refused = Assert.IsType<Applied.Refused>(await CompleteAsync("somebody else"));
        // As if there were no such setup.
        Assert.Equal(Reason.OauthStateInvalid, refused.Refusal.Reason);
        Assert.Equal((0, Outcome.Pending), (TokenRequests, (await OAuthStatusAsync()).LastSetup.Outcome));
        Assert.IsType<Applied.Done>(await CompleteAsync("development"));
        Assert.Equal(V1.Availability.Serving, (await Client.StatusAsync()).Availability);
    }

    private async Task WriteAsync(string newer)
    {
        switch (newer)
        {
            case "start":
                await Client.StartOAuthSetupAsync(new() { TenantId = "acme" });
                break;
            case "set":
                await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
                break;
            case "reset":
                await Client.ResetOAuthAsync(new() { TenantId = "acme" });
                break;
            case "discard":
                await Client.DiscardCandidateAsync(new() { TenantId = "acme", Mode = Mode.Oauth });
                break;
            default:
                await Client.DeleteOAuthAsync(new() { TenantId = "acme" });
                break;
        }
    }

    private async Task<string> OutcomeAsync(CompleteOAuthSetupRequest request)
    {
        try
        {
            return (await Client.CompleteOAuthSetupAsync(request)).Result.ToString();
        }
        catch (RpcException e)
        {
            return e.GetRpcStatus()!.GetDetail<Google.Rpc.ErrorInfo>()!.Reason;
        }
    }
}
