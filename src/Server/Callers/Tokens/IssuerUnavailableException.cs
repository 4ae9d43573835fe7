namespace GrpcCreds.Server.Callers.Tokens;

/// <summary>The token issuer's keys cannot be fetched, so no token can be checked.</summary>
internal sealed class IssuerUnavailableException(string message) : Exception(message);
