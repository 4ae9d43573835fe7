using System.Text.RegularExpressions;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>
/// To which hosts this service speaks: Salesforce's own over https on port 443, and what the operator configured. What tenants save and what
/// Salesforce answers is data; it must not lead a secret anywhere else. Only text is judged here, <see cref="Connector"/> judges addresses.
/// </summary>
internal static partial class SalesforceHosts
{
    /// <summary>What a tenant's my_domain may be, to be said in a violation.</summary>
    public const string MyDomainAllowed =
        "must be the host name of a My Domain in lower case, such as acme.my.salesforce.com or acme--uat.sandbox.my.salesforce.com, without scheme, port or path";

    private const string MyDomainSuffix = ".my.salesforce.com";

    /// <summary>Whether a request, and with it a secret, may go to <paramref name="url"/>.</summary>
    public static bool IsAllowed(string url, SalesforceOptions options) =>
        IsPrintableAscii(url) && Uri.TryCreate(url, UriKind.Absolute, out var uri) && IsAllowed(uri, options);

    public static bool IsAllowed(Uri uri, SalesforceOptions options) => uri is { UserInfo: "", Fragment: "" } &&
        (options.BaseUrls().Any(configured => SameAuthority(uri, configured))
            || (uri is { Scheme: "https", Port: 443, HostNameType: UriHostNameType.Dns } && IsSalesforceHost(uri.IdnHost, options)));

    /// <summary>Whether the operator named this very scheme, host and port: then it may have a private address.</summary>
    public static bool IsConfigured(Uri uri, SalesforceOptions options) => options.OwnBaseUrls().Any(configured => SameAuthority(uri, configured));

    /// <summary>Whether this is the host name of a My Domain.</summary>
    public static bool IsMyDomain(string host, SalesforceOptions options) =>
        host.Length <= 253 && LowerCaseHost().IsMatch(host) && options.AllowedHostSuffixes.Append(MyDomainSuffix).Any(suffix => EndsWith(host, suffix));

    // "my.salesforce.com" is nobody's: under it each org has a name of its own.
    private static bool IsSalesforceHost(string host, SalesforceOptions options) =>
        LowerCaseHost().IsMatch(host) && host != MyDomainSuffix[1..] && options.AllowedHostSuffixes.Append(".salesforce.com").Any(suffix => EndsWith(host, suffix));

    private static bool EndsWith(string host, string suffix) => host.EndsWith(suffix, StringComparison.Ordinal);

    // Letters that look like others, and digits that Uri turns into addresses, are refused before anything is compared.
    private static bool IsPrintableAscii(string url) => url.All(c => c is > ' ' and < '\x7f');

    public static bool SameAuthority(Uri uri, Uri configured) => uri.Scheme == configured.Scheme && uri.Authority == configured.Authority;

    // Whole labels, no dot at the end. Uri has made a URL's host lower case already.
    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+\z", RegexOptions.CultureInvariant)]
    private static partial Regex LowerCaseHost();
}
