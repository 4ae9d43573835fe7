namespace GrpcCreds.Server.Store;

/// <summary>The primary answered, but it is not confirmed that what it did stands: it may be lost by a failover.</summary>
internal sealed class StoreUnconfirmedException(string message) : StoreUnavailableException(message);
