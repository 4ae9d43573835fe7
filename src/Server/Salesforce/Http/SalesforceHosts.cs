namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>
/// The hosts that this service may connect to: Salesforce's own over https on port 443, and those the operator configured. Data that tenants save
/// or Salesforce returns must never send a secret anywhere else. This class checks only names; <see cref="Connector"/> checks addresses.
/// </summary>
internal static class SalesforceHosts
{
    /// <summary>Whether a request, and with it a secret, may go to <paramref name="url"/>.</summary>
    public static bool IsAllowed(string url, SalesforceOptions options) =>
        IsPrintableAscii(url) && Uri.TryCreate(url, UriKind.Absolute, out var uri) && IsAllowed(uri, options);

    public static bool IsAllowed(Uri uri, SalesforceOptions options) => uri is { UserInfo: "", Fragment: "" } &&
        (options.BaseUrls().Any(configured => HostNames.SameAuthority(uri, configured))
            || (uri is { Scheme: "https", Port: 443, HostNameType: UriHostNameType.Dns } && IsSalesforceHost(uri.IdnHost, options)));

    /// <summary>Whether the operator configured exactly this scheme, host and port. Such a host may have a private address.</summary>
    public static bool IsConfigured(Uri uri, SalesforceOptions options) => options.OwnBaseUrls().Any(configured => HostNames.SameAuthority(uri, configured));

    /// <summary>Whether this is the host name of a My Domain.</summary>
    public static bool IsMyDomain(string host, SalesforceOptions options) => HostNames.IsMyDomain(host, options.AllowedHostSuffixes);

    // "my.salesforce.com" itself belongs to no org: each org has its own name under it.
    private static bool IsSalesforceHost(string host, SalesforceOptions options) =>
        host != HostNames.MyDomainSuffix[1..] && HostNames.IsUnder(host, options.AllowedHostSuffixes.Append(".salesforce.com"));

    // Look-alike letters, and digits that Uri converts into addresses, are rejected before anything is compared.
    private static bool IsPrintableAscii(string url) => url.All(c => c is > ' ' and < '\x7f');
}
