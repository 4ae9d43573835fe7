namespace GrpcCreds.Server.Store;

/// <summary>What one server knows of one node of a tenant, under a key that only this server sets. The store does not look into the value.</summary>
internal readonly record struct StoredNode(string Key, string Value)
{
    /// <summary>Longer than a node that is not heard of counts for anything.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(25);

    /// <summary>A version beyond this is damage, and no reader has come so far: what has it comes with every read.</summary>
    public const long MaxVersion = 1L << 53;

    /// <summary>The version of what is set at a time of the store's clock: µs since 1970. The store makes it grow in any case.</summary>
    public static long Version(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset TimeOf(long version) => DateTimeOffset.UnixEpoch.AddTicks(version * TimeSpan.TicksPerMicrosecond);
}
