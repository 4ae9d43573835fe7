namespace GrpcCreds.Server.Store;

/// <summary>A server's heartbeat: its time by the server's clock, and the server's self-description (no line breaks).</summary>
internal readonly record struct MemberHeartbeat(string Server, DateTimeOffset Time, string About)
{
    /// <summary>The same moment by the store's clock. Set by the store; a store without its own clock sets it to <see cref="Time"/>.</summary>
    public DateTimeOffset StoreTime { get; init; }
}
