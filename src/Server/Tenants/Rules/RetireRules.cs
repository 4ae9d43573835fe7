using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>How grants end that are no longer needed: they are kept until Salesforce has revoked them, or for a day.</summary>
internal static class RetireRules
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(75);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(25);

    /// <summary>When the next revocation is due.</summary>
    public static DateTimeOffset? Due(TenantRecord state) => state.Retiring.Min(retiring => (DateTimeOffset?)retiring.RevokeTime);

    /// <summary>Retires the grant of a credential that is leaving the record, if it has one.</summary>
    public static TenantRecord Retire(TenantRecord state, Credential? leaving, TimeSpan grace, Moment at) =>
        leaving is OAuthCredential { Grant: { } grant } credential
        ? Add(state, new(grant.GrantId, grant.RefreshToken, grant.LoginUrl, credential.Identity, at.Now + grace, at.Now + grace + RetiringGrant.Patience))
        : state;

    /// <summary>Retires a token that came and is not kept; it is revoked at once.</summary>
    public static TenantRecord Retire(TenantRecord state, Secret? token, string loginUrl, SalesforceIdentity identity, Moment at) =>
        token is null || IsKept(state, token) ? state : Add(state, new(at.Rev, token, loginUrl, identity, at.Now, at.Now + RetiringGrant.Patience));

    public static Decision Retire(TenantRecord state, Command.Retire retire, Moment at) =>
        new Decision.Changed(Retire(state, retire.Token, retire.LoginUrl, retire.Identity, at), WriteResult.None);

    /// <summary>Ends the grace period of all retiring grants.</summary>
    public static TenantRecord Hasten(TenantRecord state, Moment at) => state with
    {
        Retiring = [.. state.Retiring.Select(retiring => retiring.RevokeTime <= at.Now ? retiring : retiring with { RevokeTime = at.Now })],
    };

    public static Decision Finish(TenantRecord state, Command.FinishRevocation finish, Moment at)
    {
        if (state.Retiring.FirstOrDefault(retiring => retiring.GrantId == finish.GrantId) is not { } grant)
            return new Decision.Nothing();
        var others = state.Retiring.Where(retiring => retiring != grant);
        if (finish.Failure is not null && at.Now < grant.GiveUpTime)
        {
            var wait = Backoff.After(grant.Failures + 1, FirstRetry, LastRetry, at.Spread);
            return new Decision.Changed(
                state with { Retiring = [.. others, grant with { Failures = grant.Failures + 1, RevokeTime = at.Now + wait }] }, WriteResult.None);
        }
        var revoked = state with { Retiring = [.. others] };
        // Salesforce may have ended more than the service asked for.
        return new Decision.Changed(finish.Failure is null ? Suspect(revoked, grant.Identity, at) : revoked, WriteResult.None);
    }

    private static bool IsKept(TenantRecord state, Secret token) =>
        token.Equals(state.OAuth.Current?.Grant?.RefreshToken) || token.Equals(state.OAuth.Candidate?.Grant?.RefreshToken);

    private static TenantRecord Add(TenantRecord state, RetiringGrant retiring) => state with { Retiring = [.. state.Retiring, retiring] };

    // Sessions of this user may have ended, so Salesforce is asked.
    private static TenantRecord Suspect(TenantRecord state, SalesforceIdentity identity, Moment at)
    {
        foreach (var slot in new[] { Slot.Current, Slot.Candidate })
        {
            if (state.OAuth[slot] is { Renewal: { Session: not null, IsStopped: false } renewal } credential && credential.Identity == identity)
                state = state.With(Mode.Oauth, slot, credential with { Renewal = renewal with { CheckTime = at.Now } });
        }
        return state;
    }
}
