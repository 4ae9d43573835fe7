using System.Text.RegularExpressions;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>Checks the text of host names, independent of the settings.</summary>
internal static partial class HostNames
{
    /// <summary>The allowed values of a tenant's my_domain, for the text of a violation.</summary>
    public const string MyDomainAllowed =
        "must be the host name of a My Domain in lower case, such as acme.my.salesforce.com or acme--uat.sandbox.my.salesforce.com, "
            + "without scheme, port or path";

    public const string MyDomainSuffix = ".my.salesforce.com";

    /// <summary>Whether this is the host name of a My Domain: one under Salesforce's own suffix or under one of the given suffixes.</summary>
    public static bool IsMyDomain(string host, IEnumerable<string> suffixes) => host.Length <= 253 && IsUnder(host, suffixes.Append(MyDomainSuffix));

    /// <summary>Whether this is a host name in lower case that ends with one of the suffixes, each with a leading dot.</summary>
    public static bool IsUnder(string host, IEnumerable<string> suffixes) =>
        LowerCaseHost().IsMatch(host) && suffixes.Any(suffix => host.EndsWith(suffix, StringComparison.Ordinal));

    public static bool SameAuthority(Uri uri, Uri configured) => uri.Scheme == configured.Scheme && uri.Authority == configured.Authority;

    // Whole labels, no trailing dot. Uri has already lower-cased a URL's host.
    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+\z", RegexOptions.CultureInvariant)]
    private static partial Regex LowerCaseHost();
}
