namespace GrpcCreds.Server.Credentials;

/// <summary>
/// How the session in force is renewed before it ends: claimed in the record, one login by whoever claimed, merged into the record if the
/// claim still stands. Only for tenants that nodes ask for, and never again with a login that Salesforce has refused or that landed elsewhere.
/// </summary>
internal static class RenewalRules
{
    /// <summary>How long after a node asked its tenant is kept alive.</summary>
    public static readonly TimeSpan WantedFor = TimeSpan.FromHours(24);

    /// <summary>How exactly it is kept when a node asked: one commit in this time, not one for every call.</summary>
    public static readonly TimeSpan WantedGrain = TimeSpan.FromHours(6);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(15);

    /// <summary>Puts a new session in place; it is to be renewed at 75 % of its lifetime, ± 10 % so that what began together does not stay together.</summary>
    public static PasswordCredential WithSession(PasswordCredential credential, SalesforceSession session, Moment at) => credential with
    {
        Session = session,
        RenewTime = at.Now + ((session.ExpectedExpireTime - at.Now) * (0.75 * (0.9 + (0.2 * Spread(at.Rev))))),
        RenewalFailure = null,
        FailedRenewals = 0,
    };

    /// <summary>Whether somebody asked for the tenant so long ago that it has to be noted anew.</summary>
    public static bool IsWantStale(TenantRecord state, DateTimeOffset now) =>
        state.ActiveMode == Mode.Password && (state.WantedTime is not { } wanted || now - wanted >= WantedGrain);

    /// <summary>When a renewal is to be claimed; null if none is.</summary>
    public static DateTimeOffset? Due(TenantRecord state) =>
        state is { ActiveMode: Mode.Password, Renewal: null, WantedTime: { } wanted, Password.Current: { RenewTime: { } renew } current }
        && current.RenewalFailure is not { EndsRenewal: true }
        && renew <= wanted + WantedFor + WantedGrain
            ? renew
            : null;

    public static Decision Want(TenantRecord state, Moment at) => IsWantStale(state, at.Now)
        ? new Decision.Changed(state with { WantedTime = at.Now }, WriteResult.None)
        : new Decision.Nothing();

    public static Decision Claim(TenantRecord state, Moment at) => Due(state) <= at.Now
        ? new Decision.Changed(state with { Renewal = new OpenRenewal(at.Rev, state.Password.Current!.CredentialId, at.Now) }, WriteResult.Pending)
        : new Decision.Nothing();

    public static Decision Finish(TenantRecord state, Command.FinishRenewal finish, Moment at)
    {
        if (state.Renewal is not { } renewal || renewal.Attempt != finish.Attempt || state.Password.Current?.CredentialId != renewal.CredentialId)
            return new Decision.Nothing();
        var current = state.Password.Current;
        var renewed = finish.Verdict.Failure is { } failure ? Postponed(current, failure, at) : WithSession(current, finish.Verdict.Session!, at);
        return new Decision.Changed(state with { Renewal = null, Password = state.Password with { Current = renewed } }, WriteResult.None);
    }

    /// <summary>Ends a claim nobody finished; whether its login was made is not known, and a new attempt may be made.</summary>
    public static TenantRecord Expire(TenantRecord state, Moment at)
    {
        if (state.Renewal is not { } renewal || renewal.EndTime > at.Now)
            return state;
        var unknown = new Failure(
            FailureClass.OutcomeUnknown, SalesforceCode: null, "The service was stopped while it renewed the session; it tries again by itself.", at.Now);
        return state with { Renewal = null, Password = state.Password with { Current = state.Password.Current! with { RenewalFailure = unknown, RenewTime = at.Now } } };
    }

    private static PasswordCredential Postponed(PasswordCredential current, Failure failure, Moment at)
    {
        var failed = current.FailedRenewals + 1;
        var wait = FirstRetry * Math.Pow(2, Math.Min(failed - 1, 10));
        return current with { RenewalFailure = failure, FailedRenewals = failed, RenewTime = at.Now + (wait < LastRetry ? wait : LastRetry) };
    }

    // 0 to 1, from the commit's number: the rules stay pure.
    private static double Spread(long rev) => unchecked((ulong)rev * 0x9E3779B97F4A7C15UL >> 11) / (double)(1UL << 53);
}
