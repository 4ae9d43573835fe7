namespace GrpcCreds.Server.Configuration;

/// <summary>
/// A file that lists the allowed callers, or proves the service's identity, cannot be used; the text names the file and the cause, and contains no secret.
/// </summary>
internal sealed class FileException(string message) : Exception(message);
