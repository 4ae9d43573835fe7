namespace GrpcCreds.Server.Hosting;

/// <summary>The process was started in a way that exposes its memory; the text names what to change.</summary>
internal sealed class MemoryImageException(string message) : Exception(message);
