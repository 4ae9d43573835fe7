namespace GrpcCreds.Server.Configuration;

/// <summary>A file's mode gives others access they must not have; the text says what to do, and follows the file's name.</summary>
internal sealed class GuardedFileException(string message) : Exception(message);
