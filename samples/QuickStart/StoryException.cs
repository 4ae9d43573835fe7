namespace GrpcCreds.QuickStart;

/// <summary>A step of the story failed. The message is one sentence for the reader of the console.</summary>
internal sealed class StoryException(string message, Exception? inner = null) : Exception(message, inner);
