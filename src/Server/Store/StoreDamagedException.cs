namespace GrpcCreds.Server.Store;

/// <summary>Stored data cannot be read, or there is no room for a write: retrying is useless until the store has been repaired.</summary>
internal sealed class StoreDamagedException(string message, Exception? inner = null) : StoreUnavailableException(message, inner);
