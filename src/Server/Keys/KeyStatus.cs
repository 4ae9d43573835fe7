using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Keys;

/// <summary>
/// The status of the keys, for health, metrics and the workers: each member is one reference to something immutable, set by one worker.
/// </summary>
internal sealed class KeyStatus
{
    /// <summary>The deployment's meta entry, as last read; null before the first look.</summary>
    public StoreMeta? Meta { get; set; }

    /// <summary>Why this server cannot open what the other servers write; null if it can.</summary>
    public string? Obstacle { get; set; }

    /// <summary>A problem that needs attention; null if there is none.</summary>
    public string? Problem { get; set; }

    /// <summary>Since when, by this server's monotonic clock, all live servers seal with the active key; null if not all do.</summary>
    public long? AgreedSince { get; set; }

    /// <summary>How many records are sealed with each key, as last counted; null before the first count.</summary>
    public KeyUse? Use { get; set; }

    /// <summary>
    /// How many records are sealed with a key: 0 exactly when it may be removed, null if they were not counted since the current key became active.
    /// </summary>
    public long? InUse(string id) => Use is { } use && use.Active == Meta?.Sealing[0] ? use.Of(id) : null;
}
