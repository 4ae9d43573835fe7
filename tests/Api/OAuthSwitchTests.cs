using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>Make before break: the current credential serves until the moment its successor does.</summary>
public sealed class OAuthSwitchTests : OAuthServiceTest
{
    [Fact]
    public async Task Nodes_on_a_password_get_one_message_when_OAuth_is_there()
    {
        var password = await Client.ActivateAsync();
        var (watch, first) = await Client.OpenWatchAsync();
        using var _ = watch;
        Equal(first, password, Mode.Password);

        var set = await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        Assert.Equal((Availability.Serving, Mode.Password, password.Revision), (set.Status.Availability, set.Status.ActiveMode, set.Status.Revision));
        var signedIn = await Client.SignInAsync();
        using var hold = Simulator.Hold(Endpoint.UserInfo);
        var completing = Client.CompleteOAuthSetupAsync(signedIn).ResponseAsync;
        await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((password.Revision, Outcome.Pending), ((await Client.StatusAsync()).Revision, (await OAuthStatusAsync()).LastSetup.Outcome));
        hold.Release();

        var oauth = (await completing).Status;
        Assert.True(oauth.Revision > password.Revision);
        var message = await watch.NextStateAsync();
        Equal(message, oauth, Mode.Oauth);
        Assert.Equal((Ann.OrgId, Ann.UserId), (message.Credential.Session.OrgId, message.Credential.Session.UserId));
        Assert.NotNull(oauth.Modes.Single(mode => mode.Mode == Mode.Password).Current);
        Assert.Equal([Warning.PasswordStillStored], oauth.Warnings);

        // The very next thing they are told is the next switch.
        var deleted = await Client.DeletePasswordCredentialAsync(new() { TenantId = "acme" });
        Assert.Equal((oauth.Revision, WriteResult.Removed), (deleted.Status.Revision, deleted.Result));
        var off = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Off });
        Assert.Equal(off.Status.Revision, (await watch.NextStateAsync()).Unavailable.Revision);
    }

    [Fact]
    public async Task The_way_back_and_forth_needs_no_setup()
    {
        await Client.ActivateAsync();
        await Client.ConnectAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;

        var back = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Password });
        Assert.Equal((WriteResult.Activated, 2), (back.Result, Simulator.Logins(Calls.User).Accepted));
        Equal(await watch.NextStateAsync(), back.Status, Mode.Password);
        Assert.NotNull(back.Status.OAuth().Current.Grant);

        var forth = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Oauth });
        Assert.Equal(WriteResult.Activated, forth.Result);
        Equal(await watch.NextStateAsync(), forth.Status, Mode.Oauth);
        Assert.Equal(1, TokenRequests);
    }

    [Fact]
    public async Task A_mode_that_fails_its_test_does_not_take_over()
    {
        var password = await Client.ActivateAsync();
        await Client.SetOAuthCredentialAsync(new(OAuthAdministration.SetOAuth()) { Activation = Activation.Staged });
        await Client.SetUpAsync();
        Simulator.RevokeGrant(1);
        var refused = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Oauth });
        Assert.Equal((WriteResult.TestFailed, Mode.Password, password.Revision), (refused.Result, refused.Status.ActiveMode, refused.Status.Revision));
        var test = refused.Status.OAuth().Candidate.LastTest;
        Assert.Equal((Outcome.Failed, FailureClass.NeedsSetup), (test.Outcome, test.Failure.FailureClass));
        Assert.StartsWith("Set up the OAuth token", test.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_wish_of_an_administrator_ends_that_of_the_waiting_candidate()
    {
        await Client.ActivateAsync();
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var off = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Off });
        var completed = await Client.SetUpAsync();
        Assert.Equal((WriteResult.Staged, Availability.SwitchedOff, off.Status.Revision),
            (completed.Result, completed.Status.Availability, completed.Status.Revision));
        Assert.NotNull(completed.Status.OAuth().Candidate.Grant);
    }

    [Fact]
    public async Task While_a_reset_waits_the_old_grant_serves_and_is_revoked_ten_minutes_after_the_new_one_came()
    {
        var before = await Client.ConnectAsync();
        var (watch, first) = await Client.OpenWatchAsync();
        using var _ = watch;
        var reset = await Client.ResetOAuthAsync(new() { TenantId = "acme" });
        Assert.Equal((WriteResult.WaitingForSetup, Availability.Serving, before.Revision), (reset.Result, reset.Status.Availability, reset.Status.Revision));
        Assert.NotNull(reset.Status.OAuth().Current.Grant);
        Assert.Null(reset.Status.OAuth().Candidate.Grant);

        var completed = await Client.SetUpAsync();
        Assert.Equal(WriteResult.Activated, completed.Result);
        Assert.Null(completed.Status.OAuth().Candidate);
        var message = await watch.NextStateAsync();
        Equal(message, completed.Status, Mode.Oauth);
        Assert.NotEqual(first.Credential.Session.AccessToken, message.Credential.Session.AccessToken);
        // Work that uses the old session can finish.
        Assert.Equal([null, null], Simulator.Grants().Select(grant => grant.End));
        Assert.Equal(0, Requests("revoke"));

        Clock.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1));
        await Simulator.WaitForGrantsAsync(grants => grants[0].End == TokenEnd.Revoked, cancellationToken: TestContext.Current.CancellationToken)
            .WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
        // The grant in force is asked after and lives.
        await Waiting.UntilAsync(() => Requests("userinfo") == 3, "the session in force is checked");
        Assert.Null(Simulator.Grants()[1].End);
        var off = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Off });
        Assert.Equal(off.Status.Revision, (await watch.NextStateAsync()).Unavailable.Revision);
    }

    [Fact]
    public async Task A_reset_to_another_user_is_felt_when_that_user_has_signed_in()
    {
        var before = await Client.ConnectAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        var eve = Simulator.AddUser("eve@acme.test", "x");
        await Client.ResetOAuthAsync(new() { TenantId = "acme", UserId = eve.UserId[..15] });
        var stranger = await Client.SetUpAsync();
        Assert.Equal((WriteResult.TestFailed, before.Revision), (stranger.Result, stranger.Status.Revision));
        Simulator.SetConsent(Consent.Approve(eve.Username));
        var completed = await Client.SetUpAsync();
        Assert.Equal(WriteResult.Activated, completed.Result);
        var message = await watch.NextStateAsync();
        Equal(message, completed.Status, Mode.Oauth);
        Assert.Equal(eve.UserId, message.Credential.Session.UserId);
    }

    [Fact]
    public async Task What_is_put_in_force_is_the_candidate_if_it_has_a_grant_else_what_there_was()
    {
        await Client.ConnectAsync();
        await Client.ActivateAsync();
        await Client.SetOAuthCredentialAsync(new(OAuthAdministration.SetOAuth()) { Activation = Activation.Staged });
        var current = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Oauth });
        Assert.Equal(WriteResult.Activated, current.Result);
        Assert.NotNull(current.Status.OAuth().Candidate);
        Assert.Equal(1, TokenRequests);

        Assert.Equal(WriteResult.Staged, (await Client.SetUpAsync()).Result);
        var candidate = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Oauth });
        Assert.Equal(WriteResult.Activated, candidate.Result);
        Assert.True(candidate.Status.Revision > current.Status.Revision);
        Assert.Null(candidate.Status.OAuth().Candidate);
        Clock.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1));
        await Waiting.UntilAsync(() => Simulator.Grants()[0].End == TokenEnd.Revoked, "the replaced grant is revoked");
        Assert.Null(Simulator.Grants()[1].End);
    }

    [Fact]
    public async Task A_setup_without_candidate_renews_the_authorization_of_what_is_in_force()
    {
        var before = await Client.ConnectAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        var completed = await Client.SetUpAsync();
        Assert.Equal(WriteResult.Activated, completed.Result);
        Assert.True(completed.Status.OAuth().Current.Grant.AuthorizeTime.ToDateTimeOffset() > before.OAuth().Current.Grant.AuthorizeTime.ToDateTimeOffset());
        Equal(await watch.NextStateAsync(), completed.Status, Mode.Oauth);
        Clock.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1));
        await Simulator.WaitForGrantsAsync(grants => grants[0].End == TokenEnd.Revoked, cancellationToken: TestContext.Current.CancellationToken)
            .WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
        Assert.Null(Simulator.Grants()[1].End);
    }

    [Fact]
    public async Task A_reset_in_standby_does_not_take_over()
    {
        await Client.ConnectAsync();
        var password = await Client.ActivateAsync();
        await Client.ResetOAuthAsync(new() { TenantId = "acme" });
        var completed = await Client.SetUpAsync();
        Assert.Equal((WriteResult.Staged, Mode.Password, password.Revision), (completed.Result, completed.Status.ActiveMode, completed.Status.Revision));
        Assert.Null(completed.Status.OAuth().Candidate);
        Assert.NotNull(completed.Status.OAuth().Current.Grant);
    }
}
