namespace GrpcCreds.Server.Store;

/// <summary>The engine must not be used as it is set up; the text says what to change.</summary>
internal sealed class StoreRefusedException(string reason, string message, Exception? inner = null) : Exception($"{reason}: {message}", inner)
{
    /// <summary>One of <see cref="StoreReason"/>.</summary>
    public string Reason { get; } = reason;
}
