using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace GrpcCreds.Server.Salesforce;

/// <summary>Settings of the calls to Salesforce, section <c>Salesforce</c>.</summary>
internal sealed partial class SalesforceOptions : IValidatableObject
{
    public const string Section = "Salesforce";

    private const string BaseUrlAllowed = "must be an https URL (http for a simulator only) of scheme, host and port";

    private static readonly Uri ProductionUrl = new("https://login.salesforce.com");
    private static readonly Uri SandboxUrl = new("https://test.salesforce.com");

    public EnvironmentOptions Production { get; set; } = new() { ApiBaseUrl = ProductionUrl };

    public EnvironmentOptions Sandbox { get; set; } = new() { ApiBaseUrl = SandboxUrl };

    /// <summary>Further domains of Salesforce whose hosts may be spoken to, each with a dot at its beginning. Example: <c>.my.salesforce.mil</c>.</summary>
    public string[] AllowedHostSuffixes { get; set; } = [];

    /// <summary>Single hosts that may be spoken to, whatever their address. Example: <c>http://127.0.0.1:5090</c>, a simulator.</summary>
    public Uri[] AllowedHosts { get; set; } = [];

    /// <summary>Where a My Domain really is, for simulators and private links, by its host name.</summary>
    public Dictionary<string, Uri> MyDomains { get; set; } = [];

    public Uri ApiBaseUrl(bool useSandbox) => (useSandbox ? Sandbox : Production).ApiBaseUrl;

    /// <summary>Base of a tenant's login: its My Domain if it has one, else its environment.</summary>
    public Uri LoginBaseUrl(bool useSandbox, string? myDomain) =>
        string.IsNullOrEmpty(myDomain) ? ApiBaseUrl(useSandbox)
        : MyDomains.TryGetValue(myDomain, out var configured) ? configured
        : new Uri($"https://{myDomain}");

    /// <summary>Every base URL in the settings.</summary>
    public IEnumerable<Uri> BaseUrls() => [Production.ApiBaseUrl, Sandbox.ApiBaseUrl, .. AllowedHosts, .. MyDomains.Values];

    /// <summary>Those that the operator wrote: what stands in the settings from the start is not worth more than any host of Salesforce.</summary>
    public IEnumerable<Uri> OwnBaseUrls() =>
        [.. new[] { Production.ApiBaseUrl, Sandbox.ApiBaseUrl }.Where(url => url != ProductionUrl && url != SandboxUrl), .. AllowedHosts, .. MyDomains.Values];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, environment) in new[] { (nameof(Production), Production), (nameof(Sandbox), Sandbox) })
        {
            if (!IsBaseUrl(environment.ApiBaseUrl))
                yield return new($"{Section}:{name}:ApiBaseUrl {BaseUrlAllowed}");
        }
        if (AllowedHosts.Any(url => !IsBaseUrl(url)))
            yield return new($"{Section}:{nameof(AllowedHosts)}: each {BaseUrlAllowed}");
        if (AllowedHostSuffixes.Any(suffix => !Suffix().IsMatch(suffix)))
            yield return new($"{Section}:{nameof(AllowedHostSuffixes)}: each must be a dot and a lower-case domain of two parts or more, such as .my.salesforce.mil");
        else if (MyDomains.Keys.Any(host => !SalesforceHosts.IsMyDomain(host, this)))
            yield return new($"{Section}:{nameof(MyDomains)}: each name {SalesforceHosts.MyDomainAllowed}");
        if (MyDomains.Values.Any(url => !IsBaseUrl(url)))
            yield return new($"{Section}:{nameof(MyDomains)}: each value {BaseUrlAllowed}");
    }

    private static bool IsBaseUrl(Uri? url) => url is { IsAbsoluteUri: true, Scheme: "https" or "http", PathAndQuery: "/", UserInfo: "", Fragment: "" }
        // Plain http is for simulators; to Salesforce it would send passwords in clear.
        && (url.Scheme == "https" || !url.IdnHost.EndsWith("salesforce.com", StringComparison.Ordinal));

    [GeneratedRegex(@"\A(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?){2,}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Suffix();
}

/// <summary>Where one of Salesforce's two environments is.</summary>
internal sealed class EnvironmentOptions
{
    /// <summary>Base of what the service itself calls: login, later token and revoke. Plain http only for a simulator.</summary>
    public required Uri ApiBaseUrl { get; set; }
}
