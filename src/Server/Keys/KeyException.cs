namespace GrpcCreds.Server.Keys;

/// <summary>A key is missing, unreadable or the wrong one; the text says which and what to do, and never its value.</summary>
internal sealed class KeyException(string message) : Exception(message);
