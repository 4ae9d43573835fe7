using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Keys;

/// <summary>
/// How the keys stand, for health, metrics and the workers: each member is one reference to something immutable, set by one worker.
/// </summary>
internal sealed class KeyStatus
{
    /// <summary>What the deployment knows of its keys, as last read; null before the first look.</summary>
    public StoreMeta? Meta { get; set; }

    /// <summary>Why this server cannot open what the others write; null if it can.</summary>
    public string? Obstacle { get; set; }

    /// <summary>What somebody has to see to; null if nothing.</summary>
    public string? Problem { get; set; }

    /// <summary>Since when, by this server's monotonic clock, all live servers seal with the active key; null if not all do.</summary>
    public long? AgreedSince { get; set; }

    /// <summary>By how many records each key is in use, as last counted; null before that.</summary>
    public KeyUse? Use { get; set; }

    /// <summary>By how much a key is in use: 0 exactly when it may be removed, null if that was not counted since the active key is active.</summary>
    public long? InUse(string id) => Use is { } use && use.Active == Meta?.Sealing[0] ? use.Of(id) : null;
}
