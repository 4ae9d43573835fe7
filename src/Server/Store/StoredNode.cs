namespace GrpcCreds.Server.Store;

/// <summary>What one server knows of one node of a tenant, under a key that only this server sets. The store does not interpret the value.</summary>
internal readonly record struct StoredNode(string Key, string Value)
{
    /// <summary>Longer than the time for which a silent node counts for anything.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(25);

    /// <summary>A higher version is damage that no reader has reached: an entry with one is returned by every read.</summary>
    public const long MaxVersion = 1L << 53;

    /// <summary>The version of an entry set at a time of the store's clock: µs since 1970. The store makes it increase in any case.</summary>
    public static long Version(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset TimeOf(long version) => DateTimeOffset.UnixEpoch.AddTicks(version * TimeSpan.TicksPerMicrosecond);
}
