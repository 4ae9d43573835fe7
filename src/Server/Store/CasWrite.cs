namespace GrpcCreds.Server.Store;

/// <summary>One write of a guard entry, which expires automatically after its lifetime.</summary>
internal sealed record CasWrite
{
    /// <summary>The entry's key; it reveals nothing to a reader of the store.</summary>
    public required string Key { get; init; }

    /// <summary>The version this write is based on; 0 if there was none.</summary>
    public required long ReadVersion { get; init; }

    /// <summary>Higher than <see cref="ReadVersion"/>, and never used before, not even by an expired entry.</summary>
    public required long Version { get; init; }

    public required ReadOnlyMemory<byte> Sealed { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required TimeSpan Lifetime { get; init; }
}
