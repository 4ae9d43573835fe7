using System.Text.Json;
using System.Text.Json.Serialization;

namespace GrpcCreds.Server.Rollout;

/// <summary>
/// What one server knows about one node of a tenant. Only this server writes the entry, so a write does not need to read it first; <see cref="FleetNode"/>
/// combines the entries of all servers. Times are ms since 1970 by this server's clock, 0 means never. Nothing in it is secret.
/// </summary>
internal sealed partial record NodeEntry(NodeName Name, string Server)
{
    /// <summary>The precision in ms with which the last contact of a node is stored.</summary>
    private const long HeardGrain = 10_000;

    /// <summary>The newest revision that was sent to the node.</summary>
    public long Sent { get; init; }

    /// <summary>The newest revision that the node reported as applied.</summary>
    public long Applied { get; init; }

    /// <summary>When the node first reported it.</summary>
    public long AppliedTime { get; init; }

    /// <summary>When the node last reported it.</summary>
    public long ConfirmTime { get; init; }

    /// <summary>The node's latest report, if that was a rejection.</summary>
    public Rejection? Rejection { get; init; }

    public bool IsOpen { get; init; }

    /// <summary>When the node's newest stream at this server was opened.</summary>
    public long OpenedTime { get; init; }

    public long ClosedTime { get; init; }

    /// <summary>When the node last took part, by a stream or a report.</summary>
    public long HeardTime { get; init; }

    public long LeftTime { get; init; }

    /// <summary>Computed once, because it is a hash: the copies that <c>with</c> makes have the same name and server.</summary>
    [JsonIgnore]
    public string Key { get; } = Name.KeyAt(Server);

    /// <summary>False for a node of a tenant that never had a credential: watching such a tenant leaves no trace.</summary>
    [JsonIgnore]
    public bool IsWorthKeeping => Sent > 0 || Applied > 0;

    /// <summary>When the node was last known to be present.</summary>
    [JsonIgnore]
    public long SeenTime => Math.Max(Math.Max(HeardTime, ClosedTime), LeftTime);

    /// <returns>Null if the value is damaged: it could contain anything, and may cost no more than this one entry.</returns>
    public static NodeEntry? Parse(string value)
    {
        try
        {
            return JsonSerializer.Deserialize(value, Json.Default.NodeEntry) is
                { Name: { Caller: not null, NodeId: not null, InstanceId: not null }, Server: not null } entry
                && entry.IsSound
                ? entry
                : null;
        }
        catch (JsonException)
        {
            // Damaged, or from a newer version: only this server's entry for this node is missing.
            return null;
        }
    }

    private bool IsSound =>
        Sent >= 0 && Applied >= 0
        && IsTime(AppliedTime) && IsTime(ConfirmTime) && IsTime(OpenedTime) && IsTime(ClosedTime) && IsTime(HeardTime) && IsTime(LeftTime)
        && Rejection is null or { Revision: >= 0, Code: not null } && (Rejection is null || (IsTime(Rejection.Time) && Enum.IsDefined(Rejection.Class)));

    // Up to the year 9999, the last that a DateTimeOffset can represent.
    private static bool IsTime(long ms) => ms is >= 0 and < 253_402_300_800_000;

    public string Write() => JsonSerializer.Serialize(this, Json.Default.NodeEntry);

    public NodeEntry Opened(long now) => Opened(now, now);

    /// <param name="at">When the stream was opened.</param>
    /// <param name="now">When the stream began to watch the tenant.</param>
    public NodeEntry Opened(long at, long now) => this with { IsOpen = true, OpenedTime = Math.Max(OpenedTime, at), HeardTime = now };

    public NodeEntry Closed(long now) => this with { IsOpen = false, ClosedTime = now };

    public NodeEntry Leaves(long now) => this with { LeftTime = now };

    public NodeEntry WasSent(long revision) => revision > Sent ? this with { Sent = revision } : this;

    /// <summary>Repeated reports are stored once per <see cref="HeardGrain"/>. Each report is later than the previous one, even within one ms.</summary>
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

    /// <summary>
    /// Whether this entry of the same node makes the other one unnecessary: the node was heard from here after everything in the other entry, which contains
    /// nothing that is missing here.
    /// </summary>
    /// <param name="other">Another entry.</param>
    /// <param name="otherSeen">Until when the other entry's server saw the node.</param>
    public bool Covers(NodeEntry other, long otherSeen) =>
        Key != other.Key && HeardTime > otherSeen && Sent >= other.Sent
        && (Applied > other.Applied || (Applied == other.Applied && ConfirmTime >= other.ConfirmTime))
        && (other.Rejection is null || Applied > other.Rejection.Revision);

    /// <summary>The same entry with times converted to the clock of the server that reads it; never remains never.</summary>
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

    // Not stored again for each of many reports.
    private NodeEntry Heard(long now) =>
        now - HeardTime < HeardGrain && LeftTime < HeardTime ? this : this with { HeardTime = Math.Max(now, LeftTime + 1) };

    [JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
    [JsonSerializable(typeof(NodeEntry))]
    private sealed partial class Json : JsonSerializerContext;
}
