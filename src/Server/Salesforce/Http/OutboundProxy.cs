using System.Net;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>
/// The way of every https call if the operator has set a proxy: it sees the host's name and what is encrypted to it (CONNECT). Plain http leads to simulators
/// only, and never through a proxy, which could read it.
/// </summary>
internal sealed class OutboundProxy(SalesforceOptions options) : IWebProxy
{
    public ICredentials? Credentials
    {
        get => options.ProxyUser is { } user ? new NetworkCredential(user, options.ProxyPassword!.Reveal()) : null;
        set => throw new NotSupportedException("the settings say who this service is at its proxy");
    }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : options.Proxy;

    public bool IsBypassed(Uri host) => host.Scheme != Uri.UriSchemeHttps;

    /// <summary>Whether a connection to this place is one to the proxy, which the operator has named: it may have any address.</summary>
    public static bool Is(DnsEndPoint endPoint, SalesforceOptions options) =>
        options.Proxy is { } proxy && endPoint.Host == proxy.IdnHost && endPoint.Port == proxy.Port;
}
