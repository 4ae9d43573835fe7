namespace GrpcCreds.Server.Callers.Tokens;

/// <summary>The issuer of tokens cannot be asked for its keys: nobody can say whether a token is good.</summary>
internal sealed class IssuerUnavailableException(string message) : Exception(message);
