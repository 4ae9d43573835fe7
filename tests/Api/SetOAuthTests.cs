using Grpc.Core;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Api;

public sealed class SetOAuthTests : OAuthServiceTest
{
    [Fact]
    public async Task Saved_ids_wait_for_their_setup()
    {
        var set = await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        Assert.Equal((WriteResult.WaitingForSetup, Availability.SetupRequired, Mode.Off), (set.Result, set.Status.Availability, set.Status.ActiveMode));
        Assert.Contains("StartOAuthSetup", set.Status.Advice, StringComparison.Ordinal);
        var oauth = Assert.Single(set.Status.Modes);
        Assert.Null(oauth.Current);
        Assert.Null(oauth.LastSetup);
        Assert.Null(oauth.Candidate.Grant);
        Assert.Equal((Ann.OrgId, Ann.UserId, false, "development"),
            (oauth.Candidate.OrgId, oauth.Candidate.UserId, oauth.Candidate.UseSandbox, oauth.Candidate.SetBy));
        Assert.Equal([V1.Action.Setup, V1.Action.Reset, V1.Action.Test, V1.Action.Delete, V1.Action.Discard], oauth.AvailableActions);
        Assert.Empty(set.Status.Warnings);
        var active = await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        Assert.Equal((Availability.SetupRequired, set.Status.Revision), (active.Unavailable.Cause, active.Unavailable.Revision));
        Assert.Empty(Simulator.Requests());
    }

    [Fact]
    public async Task A_finished_setup_shows_in_the_status()
    {
        var status = await Client.ConnectAsync();
        Assert.Equal((Availability.Serving, Mode.Oauth), (status.Availability, status.ActiveMode));
        Assert.Empty(status.Warnings);
        var oauth = status.OAuth();
        Assert.Null(oauth.Candidate);
        Assert.Equal([V1.Action.Setup, V1.Action.Reset, V1.Action.Test, V1.Action.Delete, V1.Action.Activate], oauth.AvailableActions);
        Assert.Equal((Outcome.Succeeded, "development", null), (oauth.LastSetup.Outcome, oauth.LastSetup.StartedBy, oauth.LastSetup.Failure));
        var now = Clock.GetUtcNow();
        Assert.InRange(oauth.Current.Grant.SessionExpireTime.ToDateTimeOffset(), now.AddMinutes(14), now.AddMinutes(15));
        Assert.InRange(oauth.Current.Grant.IdleExpireTime.ToDateTimeOffset(), now.AddDays(30).AddMinutes(-1), now.AddDays(30));
        var active = (await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential;
        Assert.Equal((Mode.Oauth, Ann.OrgId, Ann.UserId), (active.Mode, active.Session.OrgId, active.Session.UserId));
        Assert.Equal(Assert.Single(Simulator.Sessions()).Id, active.Session.AccessToken);
        Assert.Null(active.Login);
    }

    [Fact]
    public async Task Staged_ids_get_a_grant_and_no_more()
    {
        var request = OAuthAdministration.SetOAuth();
        request.Activation = Activation.Staged;
        Assert.Equal(WriteResult.Staged, (await Client.SetOAuthCredentialAsync(request)).Result);
        var completed = await Client.SetUpAsync();
        Assert.Equal((WriteResult.Staged, Availability.NotConfigured, Mode.Off),
            (completed.Result, completed.Status.Availability, completed.Status.ActiveMode));
        Assert.Null(completed.Status.OAuth().Current);
        Assert.NotNull(completed.Status.OAuth().Candidate.Grant);
        Assert.Contains(V1.Action.Activate, completed.Status.OAuth().AvailableActions);

        var activated = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Oauth });
        Assert.Equal((WriteResult.Activated, Availability.Serving), (activated.Result, activated.Status.Availability));
        Assert.Null(activated.Status.OAuth().Candidate);
        Assert.Equal(1, TokenRequests);
    }

    [Fact]
    public async Task Without_a_grant_OAuth_cannot_be_put_in_force()
    {
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Oauth }).FailsAsync(StatusCode.FailedPrecondition, "NOTHING_TO_ACTIVATE");
        await Client.StartOAuthSetupAsync(new() { TenantId = "other" }).FailsAsync(StatusCode.FailedPrecondition, "NOTHING_TO_SET_UP");
        await Client.ResetOAuthAsync(new() { TenantId = "other" }).FailsAsync(StatusCode.FailedPrecondition, "NOTHING_TO_SET_UP");
    }

    [Fact]
    public async Task A_field_left_out_keeps_its_value()
    {
        await Client.SetOAuthCredentialAsync(new(OAuthAdministration.SetOAuth()) { UserId = "005x00000012Q9P", MyDomain = "acme.my.salesforce.com" });
        var corrected = (await Client.SetOAuthCredentialAsync(new() { TenantId = "acme", UserId = Ann.UserId })).Status.OAuth().Candidate;
        Assert.Equal((Ann.OrgId, Ann.UserId, "acme.my.salesforce.com"), (corrected.OrgId, corrected.UserId, corrected.MyDomain));
        var generic = (await Client.SetOAuthCredentialAsync(new() { TenantId = "acme", MyDomain = "" })).Status.OAuth().Candidate;
        Assert.Equal((Ann.OrgId, ""), (generic.OrgId, generic.MyDomain));
        await Client.SetUpAsync();
        var kept = (await Client.ResetOAuthAsync(new() { TenantId = "acme" })).Status.OAuth().Candidate;
        Assert.Equal((Ann.OrgId, Ann.UserId), (kept.OrgId, kept.UserId));
    }

    [Fact]
    public async Task The_first_set_and_another_environment_need_both_ids()
    {
        async Task NeedsAsync<T>(AsyncUnaryCall<T> call, params string[] fields)
        {
            var refused = await call.FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
            Assert.Equal(fields, refused.GetDetail<Google.Rpc.BadRequest>()!.FieldViolations.Select(violation => violation.Field));
        }

        await NeedsAsync(Client.SetOAuthCredentialAsync(new() { TenantId = "acme" }), "org_id", "user_id");
        await NeedsAsync(Client.SetOAuthCredentialAsync(new() { TenantId = "acme", OrgId = Ann.OrgId }), "user_id");
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        await NeedsAsync(Client.SetOAuthCredentialAsync(new() { TenantId = "acme", UseSandbox = true }), "org_id", "user_id");
        await NeedsAsync(Client.SetOAuthCredentialAsync(new() { TenantId = "acme", UseSandbox = true, OrgId = "00Dx0000000BV7z" }), "user_id");
        await NeedsAsync(Client.ResetOAuthAsync(new() { TenantId = "acme", UseSandbox = true, UserId = Ann.UserId }), "org_id");
        var same = await Client.SetOAuthCredentialAsync(new() { TenantId = "acme", UseSandbox = false });
        Assert.Equal(WriteResult.WaitingForSetup, same.Result);
        var moved = await Client.SetOAuthCredentialAsync(new() { TenantId = "acme", UseSandbox = true, OrgId = "00Dx0000000BV7z", UserId = Ann.UserId });
        Assert.True(moved.Status.OAuth().Candidate.UseSandbox);
    }

    [Fact]
    public async Task Ids_are_kept_in_18_characters_however_they_came()
    {
        foreach (var (id, kept) in new[]
        {
            ("00Dxx0000001gPL", "00Dxx0000001gPLEAY"),
            ("00Dx0000000BV7z", "00Dx0000000BV7zEAG"),
            ("00Dx0000000BV7zEAG", "00Dx0000000BV7zEAG"),
            ("00d3k000000tr3geaq", "00D3k000000tr3GEAQ"),
            ("00D3K000000TR3GEAQ", "00D3k000000tr3GEAQ"),
            ("00DABCDEFGHIJKL", "00DABCDEFGHIJKL255"),
        })
            Assert.Equal(kept, (await Client.SetOAuthCredentialAsync(new(OAuthAdministration.SetOAuth()) { OrgId = id })).Status.OAuth().Candidate.OrgId);
        foreach (var (id, kept) in new[]
        {
            ("00558000001N0Ke", "00558000001N0KeAAK"),
            ("005600000045vWe", "005600000045vWeAAI"),
            ("0055i000000YOs1", "0055i000000YOs1AAG"),
            ("0055I000000YOS1AAG", "0055i000000YOs1AAG"),
            ("005x00000012Q9P", "005x00000012Q9PAAU"),
            ("005000000000000", "005000000000000AAA"),
        })
            Assert.Equal(kept, (await Client.SetOAuthCredentialAsync(new(OAuthAdministration.SetOAuth()) { UserId = id })).Status.OAuth().Candidate.UserId);
    }

    [Fact]
    public async Task What_is_no_id_is_refused_and_not_echoed()
    {
        foreach (var id in new[]
        {
            "", "00Dxx0000001gP", "00Dxx0000001gPLE", "00Dxx0000001gPLEAYY", "00Dxx0000001gP-", "00Dxx0000001gP ", "00Dxx0000001gPé",
            // A suffix that no first 15 have, or others than these.
            "00Dxx0000001gPLEA6", "00Dxx0000001gPLEAX", "00Dxx0000001gPL1AY",
            // One letter in another case is a typo. Corrected by its suffix, the ID would be that of another user.
            "00Dxx0000001gplEAY", "00DXx0000001gPLEAY", "00Dxx0000001gPLEAy",
            // The prefix of something else, or in another case.
            "005600000045vWeAAI", "00B6F00000Dim5bUAB", "70130000001tcyI", "00dxx0000001gPL",
        })
        {
            var refused = await Client.SetOAuthCredentialAsync(new(OAuthAdministration.SetOAuth()) { OrgId = id })
                .FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
            Assert.Equal("org_id", Assert.Single(refused.GetDetail<Google.Rpc.BadRequest>()!.FieldViolations).Field);
            Assert.Contains("15 or 18", refused.Message, StringComparison.Ordinal);
            Assert.False(id != "" && refused.ToString().Contains(id, StringComparison.Ordinal), id);
        }
        foreach (var id in new[] { "005000000000000BAA", "00Dxx0000001gPLEAY", "00e2w000003A5qrAAC", "005600000045vweAAI" })
        {
            var refused = await Client.ResetOAuthAsync(new() { TenantId = "acme", UserId = id }).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
            Assert.Equal("user_id", Assert.Single(refused.GetDetail<Google.Rpc.BadRequest>()!.FieldViolations).Field);
        }
        Assert.Empty((await Client.StatusAsync()).Modes);
    }

    [Fact]
    public async Task Every_wrong_field_is_named()
    {
        var refused = await Client.SetOAuthCredentialAsync(new()
        {
            TenantId = "Acme!", OrgId = "canary", UserId = "canary", MyDomain = "canary.example.com",
            Activation = (Activation)9, RequestId = "canary", Reason = "a\nb",
        }).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
        var fields = refused.GetDetail<Google.Rpc.BadRequest>()!.FieldViolations.Select(violation => violation.Field).Order();
        Assert.Equal(["activation", "my_domain", "org_id", "reason", "request_id", "tenant_id", "user_id"], fields);
        Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);

        refused = await Client.CompleteOAuthSetupAsync(new() { State = new string('s', 201), Code = new string('c', 2001), Error = new string('e', 101) })
            .FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
        Assert.Equal(["code", "error", "state"],
            refused.GetDetail<Google.Rpc.BadRequest>()!.FieldViolations.Select(violation => violation.Field).Distinct().Order());
        await Client.CompleteOAuthSetupAsync(new() { State = "abc" }).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
    }
}
