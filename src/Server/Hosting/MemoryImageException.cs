namespace GrpcCreds.Server.Hosting;

/// <summary>The process was started so that its memory could leave it; the text says what to change.</summary>
internal sealed class MemoryImageException(string message) : Exception(message);
