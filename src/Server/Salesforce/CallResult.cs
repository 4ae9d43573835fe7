namespace GrpcCreds.Server.Salesforce;

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

/// <summary>Why nothing was sent.</summary>
internal enum NotSentReason
{
    /// <summary>No connection: name, network, TLS, or all of it too slow.</summary>
    Unreachable,

    /// <summary>The URL is not on the list.</summary>
    HostNotAllowed,

    /// <summary>The host's name leads inside, or nowhere.</summary>
    AddressNotPublic,

    /// <summary>The proxy of the settings did not let it through.</summary>
    ProxyRefused,

    /// <summary>The connection stood only when the caller's claim on this call was too old to use.</summary>
    TooLate,

    /// <summary>The service has no connected app to ask with.</summary>
    NotConfigured,
}

/// <summary>Ends a call before its first byte.</summary>
internal sealed class NotSentException(NotSentReason reason) : Exception($"nothing was sent: {reason}")
{
    public NotSentReason Reason => reason;
}
