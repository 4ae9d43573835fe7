using System.Net;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>
/// The configured proxy for https calls. It sees the host name and encrypted traffic only (CONNECT). Plain http, which is only for simulators, never goes
/// through a proxy, which could read it.
/// </summary>
internal sealed class OutboundProxy(SalesforceOptions options) : IWebProxy
{
    public ICredentials? Credentials
    {
        get => options.ProxyUser is { } user ? new NetworkCredential(user, options.ProxyPassword!.Reveal()) : null;
        set => throw new NotSupportedException("the credentials for the proxy come from the settings");
    }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : options.Proxy;

    public bool IsBypassed(Uri host) => host.Scheme != Uri.UriSchemeHttps;

    /// <summary>Whether this endpoint is the proxy that the operator configured; the proxy may have any address.</summary>
    public static bool Is(DnsEndPoint endPoint, SalesforceOptions options) =>
        options.Proxy is { } proxy && endPoint.Host == proxy.IdnHost && endPoint.Port == proxy.Port;
}
