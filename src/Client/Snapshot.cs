using Google.Protobuf;
using GrpcCreds.V1;

namespace GrpcCreds.Client;

/// <summary>All that is known of one tenant, and the rules by which it changes.</summary>
/// <remarks>
/// The revision held only grows. But NOT_PERMITTED drops what was held: then nothing is held and anything may come. And a revision that lies far ahead of now, which
/// no commit can have, makes room for whatever the service says instead.
/// </remarks>
internal sealed record Snapshot(CredentialAnswer? Answer = null, bool StreamStale = false, bool TenantStale = false, string? StopReason = null)
{
    public SourceState State =>
        StopReason is not null ? SourceState.Stopped
        : Answer is null ? SourceState.Connecting
        : StreamStale || TenantStale ? SourceState.Stale
        : SourceState.Live;

    /// <summary>The revision held, 0 if nothing is held.</summary>
    public long Revision => Answer?.Revision ?? 0;

    /// <summary>What a stream is asked to go on from, with what proves that the service has shown it.</summary>
    public WatchedTenant Watched(string tenantId) => new() { TenantId = tenantId, KnownRevision = Revision, ResumeToken = Answer?.ResumeToken ?? ByteString.Empty };

    public Snapshot After(CredentialAnswer news) => news switch
    {
        NoSession { Cause: Availability.NotPermitted } => Holding(news) with { TenantStale = false },
        NoSession { Cause: Availability.Unreadable } => (Revision == 0 ? Holding(news) : this) with { TenantStale = true },
        _ when Revision == 0 || news.Revision > Revision || (news.Revision > 0 && IsFarAhead(Revision)) => Holding(news) with { TenantStale = false },
        _ when news.Revision == Revision => this with { TenantStale = false },
        _ => this,
    };

    // A revision is at most the µs since 1970 of its commit, and clocks of servers differ by hours at most.
    private static bool IsFarAhead(long revision) =>
        revision > (DateTime.UtcNow.AddHours(24) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>What stands outside the order of revisions comes again on every stream; told twice it is no change.</summary>
    private Snapshot Holding(CredentialAnswer news) => news is NoSession now && now.IsSameAs(Answer as NoSession) ? this : this with { Answer = news };
}
