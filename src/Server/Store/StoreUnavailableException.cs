namespace GrpcCreds.Server.Store;

/// <summary>The engine does not answer, or cannot write now. What was sent may have been applied.</summary>
internal class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
