using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>The writes of administrators that change the ids of OAuth mode.</summary>
internal static class OAuthRules
{
    public static Decision Set(TenantRecord state, Command.SetOAuth set, Moment at)
    {
        var kept = state.OAuth.Candidate ?? state.OAuth.Current;
        return Missing(set.Fields, kept) is { Count: > 0 } violations
            ? new Decision.Refused(Refusal.Invalid(violations))
            : Save(
                state, set.Fields, kept, set.TestFirst ? OnSetup.Activate : OnSetup.Wait,
                set.TestFirst ? WriteResult.WaitingForSetup : WriteResult.Staged, set.By, at);
    }

    public static Decision Reset(TenantRecord state, Command.ResetOAuth reset, Moment at)
    {
        if ((state.OAuth.Candidate ?? state.OAuth.Current) is not { } kept)
            return SetupRules.NothingToSetUp();
        // A candidate that was to come into force with its setup still does.
        var onSetup = state.OAuth.Candidate?.OnSetup == OnSetup.Activate ? OnSetup.Activate : OnSetup.Replace;
        return Missing(reset.Fields, kept) is { Count: > 0 } violations
            ? new Decision.Refused(Refusal.Invalid(violations))
            : Save(state, reset.Fields, kept, onSetup, WriteResult.WaitingForSetup, reset.By, at);
    }

    private static Decision.Changed Save(
        TenantRecord state, OAuthFields fields, OAuthCredential? kept, OnSetup onSetup, WriteResult result, string by, Moment at)
    {
        var candidate = new OAuthCredential
        {
            CredentialId = at.Rev,
            Identity = new(fields.OrgId ?? kept!.Identity.OrgId, fields.UserId ?? kept!.Identity.UserId),
            UseSandbox = fields.UseSandbox ?? kept?.UseSandbox ?? false,
            MyDomain = fields.MyDomain is null ? kept?.MyDomain : fields.MyDomain == "" ? null : fields.MyDomain,
            OnSetup = onSetup,
            SetTime = at.Now,
            SetBy = by,
        };
        // A grant belongs to the ids it was given for, so the earlier candidate's grant ends.
        var saved = RetireRules.Retire(TestRules.Cancel(state, Mode.Oauth, out var ends), state.OAuth.Candidate, TimeSpan.Zero, at);
        saved = SetupRules.Supersede(saved, Mode.Oauth, ref ends, at);
        return new Decision.Changed(saved with { OAuth = saved.OAuth with { Candidate = candidate } }, result, ends);
    }

    /// <summary>The required fields that neither the request nor the saved credential has.</summary>
    public static IReadOnlyList<FieldViolation> Missing(OAuthFields fields, OAuthCredential? kept)
    {
        const string First = "required on the first set";
        const string Moved = "required with a changed use_sandbox: a sandbox has its own";
        var moved = kept is not null && fields.UseSandbox is { } sandbox && sandbox != kept.UseSandbox;
        var violations = new List<FieldViolation>();
        if (fields.OrgId is null && (kept is null || moved))
            violations.Add(new("org_id", kept is null ? First : Moved));
        if (fields.UserId is null && (kept is null || moved))
            violations.Add(new("user_id", kept is null ? First : Moved));
        violations.AddRange(EnvironmentRules.Violations(fields.UseSandbox, fields.MyDomain, kept));
        return violations;
    }
}
