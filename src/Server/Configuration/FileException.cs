namespace GrpcCreds.Server.Configuration;

/// <summary>A file that says who may call, or proves who the service is, cannot be used; the text says which and why, and holds no secret.</summary>
internal sealed class FileException(string message) : Exception(message);
