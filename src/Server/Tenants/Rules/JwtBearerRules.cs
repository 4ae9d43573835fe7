using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>
/// The writes of administrators that change the credential for JWT bearer. A new key is never tested by the write that brings it: an administrator must
/// first upload its certificate.
/// </summary>
internal static class JwtBearerRules
{
    public static Decision Set(TenantRecord state, Command.SetJwtBearer set, Moment at)
    {
        var kept = state.JwtBearer.Candidate ?? state.JwtBearer.Current;
        if (Missing(set, kept) is { Count: > 0 } violations)
            return new Decision.Refused(Refusal.Invalid(violations));
        // The key is made before the record is read again here.
        if (set.Key is null && NeedsKey(set, kept))
            return Decision.Refuse(Reason.CandidateChanged, "the credential was changed or deleted at the same time; read the status and decide again");
        if (set.MayBeTested && state.Test is { Mode: not Mode.JwtBearer } running)
            return TestRules.InProgress(running, at);
        var candidate = new JwtBearerCredential
        {
            CredentialId = at.Rev,
            ConsumerKey = set.ConsumerKey ?? kept!.ConsumerKey,
            Username = set.Username ?? kept!.Username,
            Key = set.Key ?? kept!.Key,
            MyDomain = set.MyDomain is null ? kept?.MyDomain : set.MyDomain == "" ? null : set.MyDomain,
            UseSandbox = set.UseSandbox ?? kept?.UseSandbox ?? false,
            OrgId = set.OrgId is null ? kept?.OrgId : set.OrgId == "" ? null : set.OrgId,
            SetTime = at.Now,
            SetBy = set.By,
        };
        var saved = TestRules.Cancel(state, Mode.JwtBearer, out var ends).With(Mode.JwtBearer, Slot.Candidate, candidate);
        return set.MayBeTested
            ? new Decision.Changed(TestRules.Claim(saved, Mode.JwtBearer, Slot.Candidate, set.RequestId, activates: true, at), WriteResult.Pending, ends)
            : new Decision.Changed(saved, WriteResult.Staged, ends);
    }

    /// <summary>Whether a set needs a new key. A sandbox and production never share one.</summary>
    public static bool NeedsKey(Command.SetJwtBearer set, JwtBearerCredential? kept) => kept is null || set.NewKey || IsMoved(set, kept);

    /// <summary>The required fields that neither the request nor the saved credential has, and those that do not fit it.</summary>
    public static IReadOnlyList<FieldViolation> Missing(Command.SetJwtBearer set, JwtBearerCredential? kept)
    {
        const string First = "required on the first set";
        const string Moved = "required with a changed use_sandbox: a sandbox has its own";
        var moved = IsMoved(set, kept);
        var violations = new List<FieldViolation>();
        if (set.ConsumerKey is null && (kept is null || moved))
            violations.Add(new("consumer_key", kept is null ? First : Moved));
        if (set.Username is null && (kept is null || moved))
            violations.Add(new("username", kept is null ? First : Moved));
        if (set.OrgId is null && moved && kept!.OrgId is not null)
            violations.Add(new("org_id", $"{Moved}; an empty string if none is to be required"));
        if (set.NamesValidity && !NeedsKey(set, kept))
            violations.Add(new("certificate_validity_days", "allowed only if a key is made: with new_key, on the first set, and with a changed use_sandbox"));
        violations.AddRange(EnvironmentRules.Violations(set.UseSandbox, set.MyDomain, kept));
        return violations;
    }

    private static bool IsMoved(Command.SetJwtBearer set, JwtBearerCredential? kept) =>
        kept is not null && set.UseSandbox is { } sandbox && sandbox != kept.UseSandbox;
}
