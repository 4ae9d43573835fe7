namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>What became of one call. The line that matters runs between what surely was not sent and what may have been processed.</summary>
internal abstract record CallResult
{
    private CallResult()
    {
    }

    /// <summary>A whole answer came.</summary>
    public sealed record Answered(int Status, byte[] Body) : CallResult;

    /// <summary>Not a byte of the request left this process.</summary>
    public sealed record NotSent(NotSentReason Reason) : CallResult;

    /// <summary>The request was sent, at least in part, and no whole answer came: late, broken off, or larger than allowed.</summary>
    public sealed record NoAnswer : CallResult;
}
