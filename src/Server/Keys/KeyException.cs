namespace GrpcCreds.Server.Keys;

/// <summary>A key is missing, unreadable or wrong; the text names the key and what to do, and never contains its value.</summary>
internal sealed class KeyException(string message) : Exception(message);
