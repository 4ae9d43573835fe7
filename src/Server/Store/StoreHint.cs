namespace GrpcCreds.Server.Store;

/// <summary>Why to look at the store again.</summary>
internal enum StoreHint
{
    /// <summary>A server committed.</summary>
    Changed,

    /// <summary>The connection is new: it may be another process, with another history, and hints may have been lost.</summary>
    Reconnected,
}
