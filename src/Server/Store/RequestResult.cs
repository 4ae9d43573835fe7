namespace GrpcCreds.Server.Store;

/// <summary>The result of a request that was remembered before its result was known.</summary>
internal sealed record RequestResult(Guid Id, string Result);
