namespace GrpcCreds.QuickStart;

/// <summary>Something did not come out as told; the message is one sentence for the reader of the console.</summary>
internal sealed class StoryException(string message, Exception? inner = null) : Exception(message, inner);
