namespace GrpcCreds.Server.Watch;

/// <summary>Why a stream ended.</summary>
internal enum StreamEnd
{
    /// <summary>The caller is gone or stopped reading.</summary>
    Canceled,

    /// <summary>The server is stopping.</summary>
    ShuttingDown,

    /// <summary>What the caller waited for is reached.</summary>
    Reached,

    /// <summary>A newer stream of the same client process watches the same tenants.</summary>
    Replaced,

    /// <summary>The stream has reached its maximum lifetime: the caller should open it again, so that load spreads over the servers.</summary>
    Expired,

    /// <summary>The caller's certificate or token has expired, or the caller is no longer in the table.</summary>
    CallerUnknown,

    /// <summary>The caller may no longer watch any of the tenants.</summary>
    NotPermitted,
}
