using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>How grants end that are no longer needed: they are kept until Salesforce has revoked them, or for a day.</summary>
internal static class RetireRules
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(75);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(25);

    /// <summary>When the next revocation is due.</summary>
    public static DateTimeOffset? Due(TenantRecord state) => state.Retiring.Min(retiring => (DateTimeOffset?)retiring.RevokeTime);

    /// <summary>Retires what Salesforce can revoke of a credential that is leaving the record, or of a session that is.</summary>
    public static TenantRecord Retire(TenantRecord state, Credential? leaving, TimeSpan grace, Moment at) =>
        leaving?.Leaving(at.Rev, at.Now + grace) is { } retiring ? Add(state, retiring) : state;

    /// <summary>Retires a token that came and is not kept; it is revoked at once.</summary>
    public static TenantRecord Retire(TenantRecord state, Secret? token, string loginUrl, SalesforceIdentity identity, Moment at) =>
        token is null || IsKept(state, token) ? state : Add(state, new(at.Rev, token, loginUrl, identity, at.Now, at.Now + RetiringGrant.Patience));

    public static Decision Retire(TenantRecord state, Command.Retire retire, Moment at) =>
        new Decision.Changed(
            IsKept(state, retire.Token) ? state
                : Add(
                    state,
                    new(at.Rev, retire.Token, retire.LoginUrl, retire.Identity, at.Now, at.Now + RetiringGrant.Patience) { Mode = retire.Mode }),
            WriteResult.None);

    /// <summary>Ends the grace period of all retiring grants of a mode.</summary>
    public static TenantRecord Hasten(TenantRecord state, Mode mode, Moment at) => state with
    {
        Retiring =
        [
            .. state.Retiring.Select(
                retiring => retiring.Mode != mode || retiring.RevokeTime <= at.Now ? retiring : retiring with { RevokeTime = at.Now }),
        ],
    };

    public static Decision Finish(TenantRecord state, Command.FinishRevocation finish, Moment at)
    {
        if (state.Retiring.FirstOrDefault(retiring => retiring.GrantId == finish.GrantId && retiring.Mode == finish.Mode) is not { } grant)
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

    /// <summary>Whether a credential in the record still uses this token.</summary>
    public static bool IsKept(TenantRecord state, Secret token) => Modes.Places.Any(place => state[place.Mode, place.Slot]?.Holds(token) == true);

    private static TenantRecord Add(TenantRecord state, RetiringGrant retiring) => state with { Retiring = [.. state.Retiring, retiring] };

    // Sessions of this user may have ended, so Salesforce is asked.
    private static TenantRecord Suspect(TenantRecord state, SalesforceIdentity identity, Moment at)
    {
        foreach (var (mode, slot) in Modes.Places)
        {
            if (state[mode, slot] is { Renewal: { Session: not null, IsStopped: false } renewal } credential
                && credential.Leaving(at.Rev, at.Now)?.Identity == identity)
                state = state.With(mode, slot, credential with { Renewal = renewal with { CheckTime = at.Now } });
        }
        return state;
    }
}
