namespace GrpcCreds.Server.Configuration;

/// <summary>A file's mode lets others do what they must not; the text says what to do, and goes behind the file's name.</summary>
internal sealed class GuardedFileException(string message) : Exception(message);
