using System.Text.Json;
using System.Text.Json.Serialization;

namespace GrpcCreds.Server.Rollout;

/// <summary>
/// What one server knows of one node of a tenant. Only this server writes it, so that a write needs no look at what stands; what the servers know
/// together is <see cref="FleetNode"/>. Times are ms since 1970 by this server's clock, 0 is never. Nothing in it is secret.
/// </summary>
internal sealed record NodeEntry(NodeName Name, string Server)
{
    /// <summary>How exactly it is kept when a node was last heard of, in ms.</summary>
    private const long HeardGrain = 10_000;

    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    /// <summary>The newest revision that was sent to it.</summary>
    public long Sent { get; init; }

    /// <summary>The newest revision it said it applied.</summary>
    public long Applied { get; init; }

    /// <summary>When it first said so.</summary>
    public long AppliedTime { get; init; }

    /// <summary>When it last said so.</summary>
    public long ConfirmTime { get; init; }

    /// <summary>Its last word, if that was no.</summary>
    public Rejection? Rejection { get; init; }

    public bool IsOpen { get; init; }

    /// <summary>When its newest stream at this server was opened.</summary>
    public long OpenedTime { get; init; }

    public long ClosedTime { get; init; }

    /// <summary>When it last showed that it takes part: by a stream, or by a report.</summary>
    public long HeardTime { get; init; }

    public long LeftTime { get; init; }

    [JsonIgnore]
    public string Key => Name.KeyAt(Server);

    /// <summary>Whoever looks at a tenant that never had a credential leaves no trace.</summary>
    [JsonIgnore]
    public bool IsWorthKeeping => Sent > 0 || Applied > 0;

    /// <summary>When it was last known to be there.</summary>
    [JsonIgnore]
    public long SeenTime => Math.Max(Math.Max(HeardTime, ClosedTime), LeftTime);

    /// <returns>Null if it is damaged: what stands there could be anything, and must not be more than one entry that is missing.</returns>
    public static NodeEntry? Parse(string value)
    {
        try
        {
            return JsonSerializer.Deserialize<NodeEntry>(value, Json) is { Name: { Caller: not null, NodeId: not null, InstanceId: not null }, Server: not null } entry
                && entry.IsSound
                ? entry
                : null;
        }
        catch (JsonException)
        {
            // Damaged, or of a newer version: of this one node this one server's word is missing.
            return null;
        }
    }

    private bool IsSound =>
        Sent >= 0 && Applied >= 0 && IsTime(AppliedTime) && IsTime(ConfirmTime) && IsTime(OpenedTime) && IsTime(ClosedTime) && IsTime(HeardTime) && IsTime(LeftTime)
        && Rejection is null or { Revision: >= 0, Code: not null } && (Rejection is null || (IsTime(Rejection.Time) && Enum.IsDefined(Rejection.Class)));

    // Of a year that a clock can show.
    private static bool IsTime(long ms) => ms is >= 0 and < 253_402_300_800_000;

    public string Write() => JsonSerializer.Serialize(this, Json);

    public NodeEntry Opened(long now) => Opened(now, now);

    /// <param name="at">When the stream was opened.</param>
    /// <param name="now">When it began with the tenant.</param>
    public NodeEntry Opened(long at, long now) => this with { IsOpen = true, OpenedTime = Math.Max(OpenedTime, at), HeardTime = now };

    public NodeEntry Closed(long now) => this with { IsOpen = false, ClosedTime = now };

    public NodeEntry Leaves(long now) => this with { LeftTime = now };

    public NodeEntry WasSent(long revision) => revision > Sent ? this with { Sent = revision } : this;

    /// <summary>Said again and again it is written down once in <see cref="HeardGrain"/>. Each word is later than the one before it, also within one ms.</summary>
    public NodeEntry HasApplied(long revision, long now)
    {
        var heard = Heard(now);
        if (revision < Applied)
            return heard;
        if (revision == Applied && Rejection is null)
            return heard == this ? this : heard with { ConfirmTime = now };
        var time = Math.Max(now, (Rejection?.Time ?? 0) + 1);
        return heard with
        {
            Applied = revision,
            AppliedTime = time,
            ConfirmTime = time,
            Rejection = Rejection?.Revision > revision ? Rejection : null,
        };
    }

    public NodeEntry HasRejected(Rejection rejection, long now)
    {
        var heard = Heard(now);
        var isOld = rejection.Revision < Applied || rejection.Revision < Rejection?.Revision;
        if (isOld || (Rejection?.IsSameAs(rejection) == true && heard == this))
            return heard;
        return heard with { Rejection = rejection with { Time = Math.Max(now, ConfirmTime + 1) } };
    }

    /// <summary>Of the same node: heard of after all that the other tells, and nothing is known by the other that is not known by this.</summary>
    /// <param name="other">Another entry.</param>
    /// <param name="otherSeen">Until when the other knows the node to have been there.</param>
    public bool Covers(NodeEntry other, long otherSeen) =>
        Key != other.Key && HeardTime > otherSeen && Sent >= other.Sent
        && (Applied > other.Applied || (Applied == other.Applied && ConfirmTime >= other.ConfirmTime))
        && (other.Rejection is null || Applied > other.Rejection.Revision);

    /// <summary>The same with times by another clock, that of the server that reads it; what was never stays never.</summary>
    public NodeEntry ByClock(TimeSpan offset)
    {
        if (offset == TimeSpan.Zero)
            return this;
        var ms = (long)offset.TotalMilliseconds;
        long Shifted(long time) => time == 0 ? 0 : time + ms;
        return this with
        {
            AppliedTime = Shifted(AppliedTime),
            ConfirmTime = Shifted(ConfirmTime),
            Rejection = Rejection is { } no ? no with { Time = Shifted(no.Time) } : null,
            OpenedTime = Shifted(OpenedTime),
            ClosedTime = Shifted(ClosedTime),
            HeardTime = Shifted(HeardTime),
            LeftTime = Shifted(LeftTime),
        };
    }

    // Not written down again with each of many reports.
    private NodeEntry Heard(long now) => now - HeardTime < HeardGrain && LeftTime < HeardTime ? this : this with { HeardTime = Math.Max(now, LeftTime + 1) };
}
