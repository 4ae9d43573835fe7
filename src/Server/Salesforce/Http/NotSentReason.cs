namespace GrpcCreds.Server.Salesforce.Http;

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
