namespace GrpcCreds.Server.Store;

/// <summary>The engine must not be used with its current setup; the text says what to change.</summary>
internal sealed class StoreRefusedException(string reason, string message, Exception? inner = null) : Exception($"{reason}: {message}", inner)
{
    /// <summary>One of <see cref="StoreReason"/>.</summary>
    public string Reason { get; } = reason;
}
