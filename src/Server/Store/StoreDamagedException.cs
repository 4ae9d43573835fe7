namespace GrpcCreds.Server.Store;

/// <summary>What the store has cannot be read, or what is written has no place: asking again is of no use before somebody has mended it.</summary>
internal sealed class StoreDamagedException(string message, Exception? inner = null) : StoreUnavailableException(message, inner);
