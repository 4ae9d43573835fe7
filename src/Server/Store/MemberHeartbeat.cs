namespace GrpcCreds.Server.Store;

/// <summary>A server's sign of life: when, by its own clock, and what it says of itself (no line breaks).</summary>
internal readonly record struct MemberHeartbeat(string Server, DateTimeOffset Time, string About)
{
    /// <summary>The same moment by the store's clock. Set by the store; where it has no clock of its own, this is <see cref="Time"/>.</summary>
    public DateTimeOffset StoreTime { get; init; }
}
