using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>From the first token to the last: renewal, the pinned user, the moves between the modes, the end.</summary>
public sealed class ClientCredentialsLifeTests : ClientCredentialsTest
{
    private static readonly TimeSpan UntilDue = TimeSpan.FromMinutes(12.5);

    [Fact]
    public async Task A_watched_session_is_renewed_before_its_end_by_one_request_and_the_etag_stays()
    {
        var before = await Client.ActivateClientCredentialsAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        Clock.Advance(UntilDue);
        var renewed = await watch.NextStateAsync();
        Assert.True(renewed.Credential.Revision > before.Revision);
        var status = await Client.StatusAsync();
        Assert.Equal((renewed.Credential.Revision, before.Etag, 2), (status.Revision, status.Etag, Simulator.Tokens()));
    }

    [Fact]
    public async Task What_nobody_watches_is_not_renewed_and_the_next_node_gets_a_new_session()
    {
        await Client.ActivateClientCredentialsAsync();
        Clock.Advance(TimeSpan.FromHours(48));
        await UntilAsync(status => status.Availability == Availability.Suspended, "it has ended");
        Assert.Equal(1, Simulator.Tokens());
        Assert.NotNull((await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential);
        Assert.Equal(2, Simulator.Tokens());
    }

    [Fact]
    public async Task A_session_that_Salesforce_shares_changes_no_revision()
    {
        ChangeApp(app => app with { SharesSession = true });
        var before = await Client.ActivateClientCredentialsAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        var requests = TokenRequests;
        Clock.Advance(UntilDue);
        await Waiting.UntilAsync(() => TokenRequests > requests, "it was asked for");
        Assert.Equal(before.Revision, (await Client.StatusAsync()).Revision);
        Clock.Advance(TimeSpan.FromMinutes(3));
        Assert.True((await watch.NextStateAsync()).Credential is null or { Mode: Mode.ClientCredentials });
        await UntilAsync(status => status.Availability == Availability.Serving && status.Revision > before.Revision, "a new one came after its end");
    }

    [Fact]
    public async Task A_refused_secret_warns_while_the_session_serves_is_tried_again_and_heals_by_itself()
    {
        await Client.ActivateClientCredentialsAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        Clock.Advance(TimeSpan.FromMinutes(10.6));
        ChangeApp(app => app with { ConsumerSecret = "rotated-by-somebody" });
        Clock.Advance(TimeSpan.FromMinutes(2));
        var failing = await UntilAsync(status => status.Warnings.Contains(Warning.RenewalFailing), "it fails");
        var failure = failing.ClientCredentials().Current.LastRenewalFailure;
        Assert.Equal((Availability.Serving, FailureClass.LoginRefused), (failing.Availability, failure.FailureClass));
        ChangeApp(app => app with { ConsumerSecret = ClientCredentialsAdministration.App.ConsumerSecret });
        await ClockUntilAsync(status => status.ClientCredentials().Current.LastRenewalFailure is null);
        Assert.Equal(Availability.Serving, (await Client.StatusAsync()).Availability);
    }

    [Fact]
    public async Task A_lost_answer_is_followed_by_another_request_and_nodes_notice_nothing()
    {
        await Client.ActivateClientCredentialsAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        Simulator.Fail(Endpoint.Token, Failure.ResetAfterProcessing());
        Clock.Advance(TimeSpan.FromMinutes(12.4));
        var unknown = await UntilAsync(status => status.ClientCredentials().Current.LastRenewalFailure is not null, "the answer is lost");
        Assert.Equal(
            (Availability.Serving, FailureClass.OutcomeUnknown),
            (unknown.Availability, unknown.ClientCredentials().Current.LastRenewalFailure.FailureClass));
        Clock.Advance(TimeSpan.FromSeconds(100));
        Assert.NotNull((await watch.NextStateAsync()).Credential);
        Assert.Equal(3, Simulator.Tokens());
    }

    [Fact]
    public async Task Another_Run_As_user_is_not_used_until_somebody_accepts_it()
    {
        await Client.ActivateClientCredentialsAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        var other = OtherUser();
        ChangeApp(app => app with { RunAs = other.Username });
        Clock.Advance(UntilDue);
        var failing = await UntilAsync(status => status.ClientCredentials().Current.LastRenewalFailure is not null, "it is noticed");
        var failure = failing.ClientCredentials().Current.LastRenewalFailure;
        Assert.Equal((FailureClass.WrongIdentity, Ann.UserId), (failure.FailureClass, failing.ClientCredentials().Current.UserId));
        Assert.Contains(other.UserId, failure.Advice, StringComparison.Ordinal);
        var tokens = Simulator.Tokens();
        Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(Availability.Suspended, (await watch.NextStateAsync()).Unavailable.Cause);
        Assert.Equal(tokens, Simulator.Tokens());

        var tested = await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.ClientCredentials });
        Assert.Equal((Outcome.Failed, FailureClass.WrongIdentity), (tested.Test.Outcome, tested.Test.Failure.FailureClass));
        var accepted = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.ClientCredentials });
        Assert.Equal((WriteResult.Activated, other.UserId), (accepted.Result, accepted.Status.ClientCredentials().Current.UserId));
        Assert.Equal(other.UserId, (await watch.NextStateAsync()).Credential.Session.UserId);
    }

    [Fact]
    public async Task A_session_that_dies_early_is_renewed_once_when_a_node_says_so()
    {
        var status = await Client.ActivateClientCredentialsAsync();
        await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        Simulator.EndSessions(Ann.Username);
        await Client.ReportCredentialsAsync(new()
        {
            NodeId = "n1",
            Reports =
            {
                new NodeReport
                {
                    TenantId = "acme", Revision = status.Revision, Outcome = ReportedOutcome.Rejected, FailureClass = FailureClass.SessionRefused,
                },
            },
        });
        await UntilAsync(now => now.Revision > status.Revision && now.Availability == Availability.Serving, "it is renewed");
        Assert.Equal(2, Simulator.Tokens());
    }

    [Fact]
    public async Task From_a_password_and_from_OAuth_the_move_is_make_before_break_and_back_again()
    {
        await Client.ActivateAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        var moved = await Client.ActivateClientCredentialsAsync();
        Assert.Equal((Mode.ClientCredentials, moved.Revision), await NextAsync());
        Assert.Contains(Warning.PasswordStillStored, moved.Warnings);
        Assert.Equal(
            (WriteResult.Removed, Availability.Serving),
            await Client.DeletePasswordCredentialAsync(new() { TenantId = "acme" }) is var deleted ? (deleted.Result, deleted.Status.Availability) : default);

        var oauth = await Client.ConnectAsync();
        Assert.Equal((Mode.Oauth, oauth.Revision), await NextAsync());
        var back = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.ClientCredentials });
        Assert.Equal((Mode.ClientCredentials, back.Status.Revision), await NextAsync());
        Assert.NotNull(back.Status.OAuth().Current.Grant);

        async Task<(Mode, long)> NextAsync()
        {
            var told = await watch.NextStateAsync();
            Assert.Null(told.Unavailable);
            return (told.Credential.Mode, told.Credential.Revision);
        }
    }

    [Fact]
    public async Task A_candidate_that_fails_changes_nothing_and_can_be_corrected_or_discarded()
    {
        var before = await Client.ActivateClientCredentialsAsync();
        var failed = await Client.SetClientCredentialsAsync(new() { TenantId = "acme", ConsumerSecret = "wrong" });
        Assert.Equal((WriteResult.TestFailed, before.Revision), (failed.Result, failed.Status.Revision));
        Assert.StartsWith("The new client credentials failed", failed.Status.Advice, StringComparison.Ordinal);
        var discarded = await Client.DiscardCandidateAsync(new() { TenantId = "acme", Mode = Mode.ClientCredentials });
        Assert.Equal((WriteResult.Removed, before.Revision), (discarded.Result, discarded.Status.Revision));
        Assert.Equal(WriteResult.Activated, (await Client.SetClientCredentialsAsync(
            new() { TenantId = "acme", ConsumerSecret = ClientCredentialsAdministration.App.ConsumerSecret })).Result);
    }

    [Fact]
    public async Task A_replaced_token_is_revoked_when_running_operations_had_time_to_finish()
    {
        await Client.ActivateClientCredentialsAsync();
        var first = Assert.Single(Simulator.Sessions());
        await Client.SetClientCredentialsAsync(new() { TenantId = "acme", ConsumerSecret = ClientCredentialsAdministration.App.ConsumerSecret });
        Clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Contains(Simulator.Sessions(), session => session.Number == first.Number);
        Clock.Advance(TimeSpan.FromMinutes(1.5));
        await Waiting.UntilAsync(() => Simulator.Sessions().All(session => session.Number != first.Number), "it is revoked");
        Assert.Equal(Availability.Serving, (await Client.StatusAsync()).Availability);
    }

    [Fact]
    public async Task A_token_that_is_put_aside_by_another_mode_is_revoked_too()
    {
        await Client.ActivateClientCredentialsAsync();
        await Client.ActivateAsync();
        Clock.Advance(TimeSpan.FromMinutes(10.5));
        await Waiting.UntilAsync(() => Simulator.Sessions().All(session => session.GrantNumber is null), "it is revoked");
    }

    [Fact]
    public async Task Deleting_revokes_at_once_and_says_so()
    {
        await Client.ActivateClientCredentialsAsync();
        await Client.DeleteClientCredentialsAsync(new() { TenantId = "acme" }).FailsAsync(StatusCode.FailedPrecondition, "CREDENTIAL_IN_USE");
        var deleted = await Client.DeleteClientCredentialsAsync(new() { TenantId = "acme", AllowActive = true });
        Assert.Equal((WriteResult.Removed, Outcome.Succeeded, Availability.Deleted), (deleted.Result, deleted.Revocation, deleted.Status.Availability));
        Assert.Empty(Simulator.Sessions());
        var again = await Client.DeleteClientCredentialsAsync(new() { TenantId = "acme" });
        Assert.Equal((WriteResult.Unchanged, false), (again.Result, again.HasRevocation));
    }

    [Fact]
    public async Task A_token_that_comes_after_its_credential_was_deleted_is_revoked()
    {
        await Client.ActivateClientCredentialsAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        using (var hold = Simulator.Hold(Endpoint.Token, HoldPoint.AfterProcessing))
        {
            Clock.Advance(UntilDue);
            await hold.WaitAsync(1, TestContext.Current.CancellationToken);
            // The revocation follows the call that is running for the tenant.
            var deletion = Client.DeleteClientCredentialsAsync(new() { TenantId = "acme", AllowActive = true });
            await UntilAsync(status => status.Availability == Availability.Deleted, "it is deleted");
            hold.Release();
            await deletion;
        }
        await Waiting.UntilAsync(() => Simulator.Tokens() == 2, "the token has come");
        // What becomes due while the tenant is processed is found by the next look.
        Clock.Advance(TimeSpan.FromSeconds(2));
        await Waiting.UntilAsync(() => Simulator.Sessions().Count == 0, "no token lives");
    }

    [Fact]
    public async Task The_audit_names_the_calls_and_knows_the_secret_again()
    {
        await Client.ActivateClientCredentialsAsync();
        await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.ClientCredentials });
        await Client.DeleteClientCredentialsAsync(new() { TenantId = "acme", AllowActive = true });
        var events = (await Client.ListAuditEventsAsync(new() { TenantId = "acme", Kind = AuditKind.Write })).Events;
        Assert.Contains(events, entry => entry.Method == "DeleteClientCredentials");
        var prints = events.Where(entry => entry.Method is "SetClientCredentials" or "TestAccess").Select(entry => entry.Fingerprint).Distinct();
        Assert.NotEqual("", Assert.Single(prints));
    }

    private int TokenRequests => Simulator.Requests().Count(request => request.Path == "/services/oauth2/token");

    private async Task ClockUntilAsync(Func<CredentialStatus, bool> condition)
    {
        for (var i = 0; i < 40 && !condition(await Client.StatusAsync()); i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        Assert.True(condition(await Client.StatusAsync()));
    }
}
