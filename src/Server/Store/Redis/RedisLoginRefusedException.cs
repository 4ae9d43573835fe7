namespace GrpcCreds.Server.Store.Redis;

/// <summary>A server refuses the login: waiting does not help.</summary>
internal sealed class RedisLoginRefusedException(string message) : StoreUnavailableException(message);
