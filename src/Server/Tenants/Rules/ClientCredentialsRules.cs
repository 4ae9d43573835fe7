using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>The writes of administrators that change client credentials.</summary>
internal static class ClientCredentialsRules
{
    public static Decision Set(TenantRecord state, Command.SetClientCredentials set, Moment at)
    {
        var kept = state.ClientCredentials.Candidate ?? state.ClientCredentials.Current;
        if (Missing(set, kept) is { Count: > 0 } violations)
            return new Decision.Refused(Refusal.Invalid(violations));
        if (set.TestFirst && state.Test is { Mode: not Mode.ClientCredentials } running)
            return TestRules.InProgress(running, at);
        var candidate = new ClientCredential
        {
            CredentialId = at.Rev,
            ConsumerKey = set.ConsumerKey ?? kept!.ConsumerKey,
            ConsumerSecret = set.ConsumerSecret ?? kept!.ConsumerSecret,
            MyDomain = set.MyDomain ?? kept!.MyDomain,
            UseSandbox = set.UseSandbox ?? kept?.UseSandbox ?? false,
            OrgId = set.OrgId is null ? kept?.OrgId : set.OrgId == "" ? null : set.OrgId,
            RotateEvery = set.RotateEvery is { } every ? every == TimeSpan.Zero ? null : every : kept?.RotateEvery,
            SecretTime = set.ConsumerSecret is null && kept is not null ? kept.SecretTime : at.Now,
            SetTime = at.Now,
            SetBy = set.By,
        };
        var saved = TestRules.Cancel(state, Mode.ClientCredentials, out var ends).With(Mode.ClientCredentials, Slot.Candidate, candidate);
        return set.TestFirst
            ? new Decision.Changed(
                TestRules.Claim(saved, Mode.ClientCredentials, Slot.Candidate, set.RequestId, activates: true, at), WriteResult.Pending, ends)
            : new Decision.Changed(saved, WriteResult.Staged, ends);
    }

    /// <summary>The required fields that neither the request nor the saved credential has.</summary>
    public static IReadOnlyList<FieldViolation> Missing(Command.SetClientCredentials set, ClientCredential? kept)
    {
        const string First = "required on the first set";
        const string Moved = "required with a changed use_sandbox: a sandbox has its own";
        var moved = kept is not null && set.UseSandbox is { } sandbox && sandbox != kept.UseSandbox;
        var violations = new List<FieldViolation>();
        if (set.ConsumerKey is null && (kept is null || moved))
            violations.Add(new("consumer_key", kept is null ? First : Moved));
        if (set.ConsumerSecret is null && (kept is null || moved))
            violations.Add(new("consumer_secret", kept is null ? First : Moved));
        else if (set.ConsumerSecret is null && set.ConsumerKey is not null && set.ConsumerKey != kept!.ConsumerKey)
            violations.Add(new("consumer_secret", "required with another consumer_key: each key has its own secret"));
        if (set.MyDomain is null && (kept is null || moved))
            violations.Add(new("my_domain", kept is null ? First : Moved));
        if (set.OrgId is null && moved && kept!.OrgId is not null)
            violations.Add(new("org_id", $"{Moved}; an empty string if none is to be required"));
        // Without a My Domain there is nothing to compare the environment with.
        if ((set.MyDomain ?? kept?.MyDomain) is not null && !violations.Exists(violation => violation.Field == "my_domain"))
            violations.AddRange(EnvironmentRules.Violations(set.UseSandbox, set.MyDomain, kept));
        return violations;
    }
}
