namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>The result of one call. The important distinction is between a request that certainly was not sent and one that may have been processed.</summary>
internal abstract record CallResult
{
    private CallResult()
    {
    }

    /// <summary>A complete answer was received.</summary>
    public sealed record Answered(int Status, byte[] Body) : CallResult
    {
        /// <summary>The answer's time by the clock of the other side, in whole seconds; null if it names none.</summary>
        public DateTimeOffset? Date { get; init; }
    }

    /// <summary>No byte of the request left this process.</summary>
    public sealed record NotSent(NotSentReason Reason) : CallResult;

    /// <summary>The request was sent, at least in part, but no complete answer was received: it was late, interrupted, or larger than allowed.</summary>
    public sealed record NoAnswer : CallResult;
}
