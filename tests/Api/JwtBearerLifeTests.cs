using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>From the first assertion to the last: renewal, the rotation of the key in both ways, the pinned user, the end.</summary>
public sealed class JwtBearerLifeTests : JwtBearerTest
{
    // Without a secret the service cannot ask how long a token lives, so it takes two hours.
    private static readonly TimeSpan UntilDue = TimeSpan.FromMinutes(100);

    private protected override SimulatorOptions SimulatorOptions => base.SimulatorOptions with { SessionSecondsValid = 7200 };

    [Fact]
    public async Task A_session_that_nodes_use_is_renewed_before_its_end_by_one_request_and_the_etag_stays()
    {
        var before = await ActivateAsync();
        await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        Clock.Advance(UntilDue);
        var renewed = await UntilAsync(status => status.Revision > before.Revision, "it is renewed");
        Assert.Equal((Availability.Serving, before.Etag, 2), (renewed.Availability, renewed.Etag, Simulator.Tokens()));
    }

    [Fact]
    public async Task A_lost_answer_is_followed_by_another_request_and_nodes_notice_nothing()
    {
        var before = await ActivateAsync();
        await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        Simulator.Fail(Endpoint.Token, Failure.ResetAfterProcessing());
        Clock.Advance(UntilDue);
        var unknown = await UntilAsync(status => status.JwtBearer().Current.LastRenewalFailure is not null, "the answer is lost");
        Assert.Equal(
            (Availability.Serving, FailureClass.OutcomeUnknown), (unknown.Availability, unknown.JwtBearer().Current.LastRenewalFailure.FailureClass));
        Clock.Advance(TimeSpan.FromSeconds(100));
        await UntilAsync(status => status.Revision > before.Revision && status.Availability == Availability.Serving, "it is renewed");
        Assert.Equal(3, Simulator.Tokens());
    }

    [Fact]
    public async Task With_two_certificates_the_key_rotates_by_make_before_break()
    {
        ChangeApp(app => app with { MaxCertificates = 2 });
        var before = await ActivateAsync();
        var staged = await StageAsync(new() { TenantId = "acme", NewKey = true, CertificateValidityDays = 90 });
        Assert.Equal((before.Revision, Availability.Serving), (staged.Status.Revision, staged.Status.Availability));
        var (current, candidate) = (staged.Status.JwtBearer().Current.Certificate, staged.Status.JwtBearer().Candidate.Certificate);
        Assert.Equal((before.JwtBearer().Current.Certificate, staged.Certificate), (current, candidate));
        Assert.NotEqual(current.Fingerprint, candidate.Fingerprint);
        foreach (var slot in new[] { Slot.Current, Slot.Candidate })
            Assert.Equal(Outcome.Succeeded, (await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.JwtBearer, Slot = slot })).Test.Outcome);
        var rotated = await PutInForceAsync();
        Assert.Equal((WriteResult.Activated, candidate), (rotated.Result, rotated.Status.JwtBearer().Current.Certificate));
        Assert.Null(rotated.Status.JwtBearer().Candidate);
    }

    [Fact]
    public async Task With_one_certificate_its_replacement_ends_nothing_and_renewals_go_on_with_the_candidates_key()
    {
        var before = await ActivateAsync();
        await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        await StageAsync(new() { TenantId = "acme", NewKey = true });
        Clock.Advance(UntilDue);
        var status = await UntilAsync(status => status.Revision > before.Revision, "it is renewed");
        Assert.Equal((Availability.Serving, before.JwtBearer().Current.Certificate), (status.Availability, status.JwtBearer().Current.Certificate));
        Assert.Equal([Warning.CertificateReplaced], status.Warnings);
        var rotated = await PutInForceAsync();
        Assert.Equal(WriteResult.Activated, rotated.Result);
        Assert.Empty(rotated.Status.Warnings);
        Assert.Equal(Availability.Serving, rotated.Status.Availability);
    }

    [Fact]
    public async Task A_refused_key_without_a_successor_warns_while_the_session_serves_is_tried_again_and_heals_by_itself()
    {
        var active = await ActivateAsync();
        await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        using var other = new JwtKey(Clock.GetUtcNow().AddDays(-1), Clock.GetUtcNow().AddDays(30));
        Simulator.UploadCertificate(JwtBearerAdministration.App.ConsumerKey, other.Certificate);
        // A candidate of another app is no successor.
        await Client.SetJwtBearerCredentialAsync(new() { TenantId = "acme", NewKey = true, ConsumerKey = "another" });
        Clock.Advance(UntilDue);
        var failing = await UntilAsync(status => status.Warnings.Contains(Warning.RenewalFailing), "it fails");
        Assert.Equal(
            (Availability.Serving, FailureClass.LoginRefused), (failing.Availability, failing.JwtBearer().Current.LastRenewalFailure.FailureClass));
        Assert.Equal(1, Simulator.Tokens());
        Simulator.UploadCertificate(JwtBearerAdministration.App.ConsumerKey, active.JwtBearer().Current.Certificate.Pem);
        Clock.Advance(TimeSpan.FromSeconds(100));
        await UntilAsync(status => status.JwtBearer().Current.LastRenewalFailure is null, "it is renewed");
        Assert.Equal(Availability.Serving, (await Client.StatusAsync()).Availability);
    }

    [Fact]
    public async Task A_certificate_that_nears_its_end_is_a_warning_with_the_time()
    {
        var active = await ActivateAsync(new(JwtBearerAdministration.Set()) { CertificateValidityDays = 31 });
        Assert.Empty(active.Warnings);
        Clock.Advance(TimeSpan.FromHours(25));
        var status = await Client.StatusAsync();
        Assert.Equal([Warning.CertificateNearsEnd], status.Warnings);
        var deadline = Assert.Single(status.Deadlines);
        Assert.Equal((Warning.CertificateNearsEnd, status.JwtBearer().Current.Certificate.ExpireTime), (deadline.Warning, deadline.Time));
        Assert.Contains("new_key", deadline.Advice, StringComparison.Ordinal);
        await StageAsync(new() { TenantId = "acme", NewKey = true });
        Assert.Empty((await PutInForceAsync()).Status.Warnings);
    }

    [Fact]
    public async Task Another_user_behind_the_username_is_not_used_until_somebody_accepts_it()
    {
        await ActivateAsync();
        await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        Simulator.ChangeUser(Ann.Username, user => user with { UserId = "005600000045vWfAAI" });
        Clock.Advance(UntilDue);
        var failing = await UntilAsync(status => status.JwtBearer().Current.LastRenewalFailure is not null, "it is noticed");
        Assert.Equal(
            (FailureClass.WrongIdentity, Ann.UserId),
            (failing.JwtBearer().Current.LastRenewalFailure.FailureClass, failing.JwtBearer().Current.UserId));
        var tested = await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.JwtBearer });
        Assert.Equal(FailureClass.WrongIdentity, tested.Test.Failure.FailureClass);
        var accepted = await PutInForceAsync();
        Assert.Equal((WriteResult.Activated, "005600000045vWfAAI"), (accepted.Result, accepted.Status.JwtBearer().Current.UserId));
    }

    [Fact]
    public async Task From_every_other_mode_and_back_the_move_is_make_before_break()
    {
        await Client.ActivateAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        Assert.Equal((Mode.JwtBearer, (await ActivateAsync()).Revision), await NextAsync());
        Assert.Equal((Mode.ClientCredentials, (await Client.ActivateClientCredentialsAsync()).Revision), await NextAsync());
        Assert.Equal((Mode.JwtBearer, (await PutInForceAsync()).Status.Revision), await NextAsync());
        Assert.Equal((Mode.Oauth, (await Client.ConnectAsync()).Revision), await NextAsync());
        Assert.Equal((Mode.JwtBearer, (await PutInForceAsync()).Status.Revision), await NextAsync());

        async Task<(Mode, long)> NextAsync()
        {
            var told = await watch.NextStateAsync();
            Assert.Null(told.Unavailable);
            return (told.Credential.Mode, told.Credential.Revision);
        }
    }

    [Fact]
    public async Task A_discarded_candidate_loses_its_key_and_changes_nothing()
    {
        var before = await ActivateAsync();
        var set = await Client.SetJwtBearerCredentialAsync(new() { TenantId = "acme", NewKey = true });
        var discarded = await Client.DiscardCandidateAsync(new() { TenantId = "acme", Mode = Mode.JwtBearer });
        Assert.Equal((WriteResult.Removed, before.Revision), (discarded.Result, discarded.Status.Revision));
        Assert.DoesNotContain(set.Certificate.Fingerprint, discarded.Status.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleting_revokes_at_once_and_says_so()
    {
        await ActivateAsync();
        await Client.DeleteJwtBearerCredentialAsync(new() { TenantId = "acme" }).FailsAsync(StatusCode.FailedPrecondition, "CREDENTIAL_IN_USE");
        var deleted = await Client.DeleteJwtBearerCredentialAsync(new() { TenantId = "acme", AllowActive = true });
        Assert.Equal((WriteResult.Removed, Outcome.Succeeded, Availability.Deleted), (deleted.Result, deleted.Revocation, deleted.Status.Availability));
        Assert.Empty(Simulator.Sessions());
        var again = await Client.DeleteJwtBearerCredentialAsync(new() { TenantId = "acme" });
        Assert.Equal((WriteResult.Unchanged, false), (again.Result, again.HasRevocation));
    }

    [Fact]
    public async Task A_token_that_comes_after_its_credential_was_deleted_is_revoked()
    {
        await ActivateAsync();
        await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        using (var hold = Simulator.Hold(Endpoint.Token, HoldPoint.AfterProcessing))
        {
            Clock.Advance(UntilDue);
            await hold.WaitAsync(1, TestContext.Current.CancellationToken);
            // The revocation follows the call that is running for the tenant.
            var deletion = Client.DeleteJwtBearerCredentialAsync(new() { TenantId = "acme", AllowActive = true });
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
    public async Task The_audit_names_the_calls_and_knows_the_key_again()
    {
        await ActivateAsync();
        await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.JwtBearer });
        await Client.DeleteJwtBearerCredentialAsync(new() { TenantId = "acme", AllowActive = true });
        var events = (await Client.ListAuditEventsAsync(new() { TenantId = "acme", Kind = AuditKind.Write })).Events;
        Assert.Contains(events, entry => entry.Method == "DeleteJwtBearerCredential");
        var prints = events.Where(entry => entry.Method is "SetJwtBearerCredential" or "TestAccess").Select(entry => entry.Fingerprint).Distinct();
        Assert.NotEqual("", Assert.Single(prints));
    }
}
