namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>Why nothing was sent.</summary>
internal enum NotSentReason
{
    /// <summary>No connection: name resolution, network or TLS failed, or took too long.</summary>
    Unreachable,

    /// <summary>The URL is not on the list of allowed hosts.</summary>
    HostNotAllowed,

    /// <summary>The host name resolves only to internal addresses, or to none.</summary>
    AddressNotPublic,

    /// <summary>The configured proxy refused the connection.</summary>
    ProxyRefused,

    /// <summary>When the connection was established, the claim on this call was already too old to use.</summary>
    TooLate,

    /// <summary>The service has no connected app for the call.</summary>
    NotConfigured,
}
