namespace GrpcCreds.Server.Store;

/// <summary>One write of a guard entry, which goes by itself when its lifetime is over.</summary>
internal sealed record CasWrite
{
    /// <summary>Which entry; says nothing to who reads the store.</summary>
    public required string Key { get; init; }

    /// <summary>The version this write was decided on; 0 if there was none.</summary>
    public required long ReadVersion { get; init; }

    /// <summary>Higher than <see cref="ReadVersion"/>, and never used before, not even by an entry whose time is over.</summary>
    public required long Version { get; init; }

    public required ReadOnlyMemory<byte> Sealed { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required TimeSpan Lifetime { get; init; }
}
