namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>
/// To which hosts this service speaks: Salesforce's own over https on port 443, and what the operator configured. What tenants save and what
/// Salesforce answers is data; it must not lead a secret anywhere else. Only text is judged here, <see cref="Connector"/> judges addresses.
/// </summary>
internal static class SalesforceHosts
{
    /// <summary>Whether a request, and with it a secret, may go to <paramref name="url"/>.</summary>
    public static bool IsAllowed(string url, SalesforceOptions options) =>
        IsPrintableAscii(url) && Uri.TryCreate(url, UriKind.Absolute, out var uri) && IsAllowed(uri, options);

    public static bool IsAllowed(Uri uri, SalesforceOptions options) => uri is { UserInfo: "", Fragment: "" } &&
        (options.BaseUrls().Any(configured => HostNames.SameAuthority(uri, configured))
            || (uri is { Scheme: "https", Port: 443, HostNameType: UriHostNameType.Dns } && IsSalesforceHost(uri.IdnHost, options)));

    /// <summary>Whether the operator named this very scheme, host and port: then it may have a private address.</summary>
    public static bool IsConfigured(Uri uri, SalesforceOptions options) => options.OwnBaseUrls().Any(configured => HostNames.SameAuthority(uri, configured));

    /// <summary>Whether this is the host name of a My Domain.</summary>
    public static bool IsMyDomain(string host, SalesforceOptions options) => HostNames.IsMyDomain(host, options.AllowedHostSuffixes);

    // "my.salesforce.com" is nobody's: under it each org has a name of its own.
    private static bool IsSalesforceHost(string host, SalesforceOptions options) =>
        host != HostNames.MyDomainSuffix[1..] && HostNames.IsUnder(host, options.AllowedHostSuffixes.Append(".salesforce.com"));

    // Letters that look like others, and digits that Uri turns into addresses, are refused before anything is compared.
    private static bool IsPrintableAscii(string url) => url.All(c => c is > ' ' and < '\x7f');
}
