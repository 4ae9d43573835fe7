using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>The writes of administrators that change password mode.</summary>
internal static class PasswordRules
{
    public static Decision Set(TenantRecord state, Command.SetPassword set, Moment at)
    {
        var kept = state.Password.Candidate ?? state.Password.Current;
        if (Missing(set, kept) is { Count: > 0 } violations)
            return new Decision.Refused(Refusal.Invalid(violations));
        if (set.TestFirst && state.Test is { Mode: not Mode.Password } running)
            return TestRules.InProgress(running, at);

        var candidate = new PasswordCredential
        {
            CredentialId = at.Rev,
            Username = set.Username ?? kept!.Username,
            Password = set.Password ?? kept!.Password,
            SecurityToken = set.SecurityToken ?? kept!.SecurityToken,
            UseSandbox = set.UseSandbox ?? kept?.UseSandbox ?? false,
            MyDomain = set.MyDomain is null ? kept?.MyDomain : set.MyDomain == "" ? null : set.MyDomain,
            DeliverLogin = set.DeliverLogin ?? kept?.DeliverLogin ?? false,
            SetTime = at.Now,
            SetBy = set.By,
        };
        var saved = TestRules.Cancel(state, Mode.Password, out var ends) with { Password = state.Password with { Candidate = candidate } };
        return set.TestFirst
            ? new Decision.Changed(TestRules.Claim(saved, Mode.Password, Slot.Candidate, set.RequestId, activates: true, at), WriteResult.Pending, ends)
            : new Decision.Changed(saved, WriteResult.Staged, ends);
    }

    /// <summary>The required fields that neither the request nor the saved credential has.</summary>
    public static IReadOnlyList<FieldViolation> Missing(Command.SetPassword set, PasswordCredential? kept)
    {
        var violations = new List<FieldViolation>();
        if (kept is null && set.Username is null)
            violations.Add(new("username", "required on the first set"));
        if (kept is null && set.Password is null)
            violations.Add(new("password", "required on the first set"));
        else if (set.Password is null && set.UseSandbox is { } sandbox && sandbox != kept!.UseSandbox)
            violations.Add(new("password", "required with a changed use_sandbox: a sandbox has its own"));
        // Report all violations at once, including the one that a missing password will cause.
        if (set.SecurityToken is null && (set.Password is not null || violations.Exists(violation => violation.Field == "password")))
            violations.Add(new(
                "security_token", "required with a password, because Salesforce issues a new one with each password; an empty string if none is needed"));
        violations.AddRange(EnvironmentRules.Violations(set.UseSandbox, set.MyDomain, kept));
        return violations;
    }
}
