using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>
/// When the next call that keeps a session or grant alive is due. A login is made only for tenants that nodes ask for; a grant is renewed at least once
/// a day, because Salesforce ends idle grants.
/// </summary>
internal static class RenewalTimes
{
    /// <summary>For how long after a node's last request its tenant is kept alive.</summary>
    public static readonly TimeSpan WantedFor = TimeSpan.FromHours(24);

    /// <summary>How precisely the time of a node's last request is stored: at most one commit in this time, not one for every call.</summary>
    public static readonly TimeSpan WantedGrain = TimeSpan.FromHours(6);

    private static readonly TimeSpan Standby = TimeSpan.FromHours(24);

    /// <summary>Whether the stored time of the last request is so old that a new request must be stored.</summary>
    public static bool IsWantStale(TenantRecord state, DateTimeOffset now) =>
        state.ActiveMode != Mode.Off && (state.WantedTime is not { } wanted || now - wanted >= WantedGrain);

    /// <summary>When the next claim is due, or an open one ends; null: never.</summary>
    public static DateTimeOffset? Due(TenantRecord state) =>
        Modes.Places.Min(place => state[place.Mode, place.Slot]?.Renewal.Claim?.EndTime ?? ClaimTime(state, place.Mode, place.Slot));

    /// <summary>A claim is over by its owner's clock.</summary>
    public static bool HasOverdueClaim(TenantRecord state, DateTimeOffset now) =>
        Modes.Places.Any(place => state[place.Mode, place.Slot]?.Renewal.Claim?.EndTime <= now);

    /// <summary>When the next call for the session in force is due; null: never.</summary>
    public static DateTimeOffset? DueOfActive(TenantRecord state) => ClaimTime(state, state.ActiveMode, Slot.Current);

    /// <summary>The credential whose call is due now; null if there is none.</summary>
    public static Credential? NextDue(TenantRecord state, DateTimeOffset now) =>
        Modes.Places.Where(place => ClaimTime(state, place.Mode, place.Slot) <= now).Select(place => state[place.Mode, place.Slot]).FirstOrDefault();

    /// <summary>
    /// When the next call for a credential is due; null: never. A grant in standby, of a candidate, or of a tenant that no node asks for is renewed once a
    /// day; a credential without a grant is not renewed then. A session in force that is known to be dead is renewed at once: the next node would receive it.
    /// </summary>
    public static DateTimeOffset? ClaimTime(TenantRecord state, Mode mode, Slot slot)
    {
        if (state[mode, slot] is not { Renewal: { Claim: null } renewal } credential)
            return null;
        var serves = mode == state.ActiveMode && slot == Slot.Current;
        var renew = renewal.IsStopped || renewal.RenewTime is not { } time ? null
            : renewal.DoubtedAttempt is not null || (serves && (renewal.IsSessionDead || time <= state.WantedTime + WantedFor + WantedGrain)) ? time
            : credential.StandingGrant is { } grant ? Later(time, grant.RenewTime + Standby)
            : (DateTimeOffset?)null;
        return new[] { renew, renewal.CheckTime }.Min();
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
