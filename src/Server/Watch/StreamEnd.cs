namespace GrpcCreds.Server.Watch;

/// <summary>Why a stream ended.</summary>
internal enum StreamEnd
{
    /// <summary>The caller has gone, or stopped reading.</summary>
    Canceled,

    /// <summary>The server stops.</summary>
    ShuttingDown,

    /// <summary>What was watched for has come about.</summary>
    Reached,

    /// <summary>A newer stream of the same client process watches what this one did.</summary>
    Replaced,

    /// <summary>The stream is old: it is to be opened again, so that load spreads over the servers.</summary>
    Expired,

    /// <summary>What proved who the caller is has ended, or the table does not know it any more.</summary>
    CallerUnknown,

    /// <summary>The caller may not watch any of this any more.</summary>
    NotPermitted,
}
