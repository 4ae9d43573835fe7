using Google.Protobuf;
using GrpcCreds.V1;

namespace GrpcCreds.Client;

/// <summary>Everything that is known of one tenant, and the rules by which it changes.</summary>
/// <remarks>
/// The revision held only increases, with two exceptions. NOT_PERMITTED discards what was held; any revision may follow. A revision that lies far in
/// the future, which no commit can have, is replaced by whatever the service sends.
/// </remarks>
internal sealed record Snapshot(CredentialAnswer? Answer = null, bool StreamStale = false, bool TenantStale = false, string? StopReason = null)
{
    public SourceState State =>
        StopReason is not null ? SourceState.Stopped
        : Answer is null ? SourceState.Connecting
        : StreamStale || TenantStale ? SourceState.Stale
        : SourceState.Live;

    /// <summary>The revision held; 0 if nothing is held.</summary>
    public long Revision => Answer?.Revision ?? 0;

    /// <summary>The state from which a stream is asked to continue, with the token that proves that the service sent it.</summary>
    public WatchedTenant Watched(string tenantId) =>
        new() { TenantId = tenantId, KnownRevision = Revision, ResumeToken = Answer?.ResumeToken ?? ByteString.Empty };

    public Snapshot After(CredentialAnswer news) => news switch
    {
        NoSession { Cause: Availability.NotPermitted } => Holding(news) with { TenantStale = false },
        NoSession { Cause: Availability.Unreadable } => (Revision == 0 ? Holding(news) : this) with { TenantStale = true },
        _ when Revision == 0 || news.Revision > Revision || (news.Revision > 0 && IsFarAhead(Revision)) => Holding(news) with { TenantStale = false },
        _ when news.Revision == Revision => this with { TenantStale = false },
        _ => this,
    };

    // A revision is at most the time of its commit in µs since 1970, and clocks of servers differ by hours at most.
    private static bool IsFarAhead(long revision) =>
        revision > (DateTime.UtcNow.AddHours(24) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>An answer outside the sequence of revisions is sent again on every stream; a repetition is not a change.</summary>
    private Snapshot Holding(CredentialAnswer news) => news is NoSession now && now.IsSameAs(Answer as NoSession) ? this : this with { Answer = news };
}
