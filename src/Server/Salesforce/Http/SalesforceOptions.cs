using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>Settings for the calls to Salesforce, section <c>Salesforce</c>.</summary>
internal sealed partial class SalesforceOptions : IValidatableObject
{
    public const string Section = "Salesforce";

    private const string BaseUrlAllowed = "must be an https URL with scheme, host and port only (http only for a simulator)";

    private static readonly string[] AlwaysDecide = [CheckNames.Login, CheckNames.Identity];

    private static readonly Uri ProductionUrl = new("https://login.salesforce.com");
    private static readonly Uri SandboxUrl = new("https://test.salesforce.com");

    public EnvironmentOptions Production { get; set => field = value ?? new() { ApiBaseUrl = ProductionUrl }; } = new() { ApiBaseUrl = ProductionUrl };

    public EnvironmentOptions Sandbox { get; set => field = value ?? new() { ApiBaseUrl = SandboxUrl }; } = new() { ApiBaseUrl = SandboxUrl };

    /// <summary>The connected app's consumer key. Without it and its secret, OAuth mode is off.</summary>
    public string? ClientId { get; set; }

    /// <summary>The connected app's consumer secret.</summary>
    public Secret? ClientSecret { get; set; }

    /// <summary>A file with the consumer secret, instead of <see cref="ClientSecret"/>.</summary>
    public string? ClientSecretFile { get; set; }

    /// <summary>Where Salesforce sends the browser after a sign-in. It must match a callback URL of the connected app exactly.</summary>
    public Uri RedirectUri { get; set; } = new("http://localhost:5081/oauth/callback");

    /// <summary>How many renewals, checks and revocations this server runs at once against one login host, 1 to 100.</summary>
    [Range(1, 100)]
    public int RenewalsPerHost { get; set; } = 16;

    /// <summary>More Salesforce domains whose hosts the service may connect to, each with a leading dot. Example: <c>.my.salesforce.mil</c>.</summary>
    public string[] AllowedHostSuffixes { get; set => field = value ?? []; } = [];

    /// <summary>Single hosts that the service may connect to, whatever their address. Example: <c>http://127.0.0.1:5090</c>, a simulator.</summary>
    public Uri[] AllowedHosts { get; set => field = value ?? []; } = [];

    /// <summary>The actual base URL of a My Domain by its host name, for simulators and private links.</summary>
    public Dictionary<string, Uri> MyDomains { get; set => field = value ?? []; } = [];

    /// <summary>The HTTP proxy for connections to Salesforce, without user and password. Example: <c>http://proxy.example.com:3128</c>.</summary>
    public Uri? Proxy { get; set; }

    /// <summary>The user name for the proxy, if it requires one.</summary>
    public string? ProxyUser { get; set; }

    public Secret? ProxyPassword { get; set; }

    /// <summary>A file with the password, instead of <see cref="ProxyPassword"/>.</summary>
    public string? ProxyPasswordFile { get; set; }

    /// <summary>The checks of a test that decide whether it passes; the others warn. Null: the first four.</summary>
    public string[]? DecidingChecks { get; set; }

    /// <summary>The objects and fields that the user of a credential must see, as <c>Account.Name</c>, or also change, as <c>Account.Name:write</c>.</summary>
    public string[] RequiredFields { get; set => field = value ?? []; } = [];

    /// <summary>The packages that the org of a credential must have, by namespace, as <c>2.102</c> or <c>2.102 if installed</c>.</summary>
    public Dictionary<string, string> RequiredPackages { get; set => field = value ?? []; } = [];

    public bool IsOAuthConfigured => !string.IsNullOrEmpty(ClientId) && ClientSecret is not null;

    /// <summary>Whether a test fails if this check does not pass.</summary>
    public bool Decides(string check) =>
        DecidingChecks?.Contains(check) ?? check is CheckNames.Login or CheckNames.Identity or CheckNames.Api or CheckNames.ApiVersion;

    public Uri ApiBaseUrl(bool useSandbox) => (useSandbox ? Sandbox : Production).ApiBaseUrl;

    /// <summary>Base URL of a tenant's login: its My Domain if it has one, otherwise its environment.</summary>
    public Uri LoginBaseUrl(bool useSandbox, string? myDomain) =>
        string.IsNullOrEmpty(myDomain) ? ApiBaseUrl(useSandbox)
        : MyDomains.TryGetValue(myDomain, out var configured) ? configured
        : new Uri($"https://{myDomain}");

    /// <summary>
    /// The name of a tenant's login host at Salesforce, whatever the URL at which the service reaches it: the audience of what is signed for it.
    /// </summary>
    public static Uri LoginHost(bool useSandbox, string? myDomain) =>
        string.IsNullOrEmpty(myDomain) ? (useSandbox ? SandboxUrl : ProductionUrl) : new Uri($"https://{myDomain}");

    /// <summary>Base URL of a tenant's sign-in in the browser. A My Domain is the same for service and browser.</summary>
    public Uri AuthorizeBaseUrl(bool useSandbox, string? myDomain) =>
        string.IsNullOrEmpty(myDomain) ? (useSandbox ? Sandbox : Production).AuthorizeBaseUrl ?? ApiBaseUrl(useSandbox) : LoginBaseUrl(useSandbox, myDomain);

    /// <summary>Whether a URL is on a login host of the sandbox and not of production; null if it is on neither, or if both are the same.</summary>
    public bool? IsSandbox(Uri url)
    {
        bool IsOf(EnvironmentOptions environment, Uri own) => new[] { environment.ApiBaseUrl, environment.AuthorizeBaseUrl, own }.Any(
            known => known is not null && HostNames.SameAuthority(url, known));
        var sandbox = IsOf(Sandbox, SandboxUrl);
        return sandbox == IsOf(Production, ProductionUrl) ? null : sandbox;
    }

    /// <summary>Every base URL in the settings that the service itself connects to, without the browser's.</summary>
    public IEnumerable<Uri> BaseUrls() => [Production.ApiBaseUrl, Sandbox.ApiBaseUrl, .. AllowedHosts, .. MyDomains.Values];

    /// <summary>The base URLs that the operator set. The defaults are trusted no more than any other Salesforce host.</summary>
    public IEnumerable<Uri> OwnBaseUrls() =>
        [.. new[] { Production.ApiBaseUrl, Sandbox.ApiBaseUrl }.Where(url => url != ProductionUrl && url != SandboxUrl), .. AllowedHosts, .. MyDomains.Values];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, environment) in new[] { (nameof(Production), Production), (nameof(Sandbox), Sandbox) })
        {
            if (!IsBaseUrl(environment.ApiBaseUrl))
                yield return new($"{Section}:{name}:ApiBaseUrl {BaseUrlAllowed}");
            if (environment.AuthorizeBaseUrl is { } authorize && !IsBaseUrl(authorize))
                yield return new($"{Section}:{name}:AuthorizeBaseUrl {BaseUrlAllowed}");
        }
        if (AllowedHosts.Any(url => !IsBaseUrl(url)))
            yield return new($"{Section}:{nameof(AllowedHosts)}: each {BaseUrlAllowed}");
        if (AllowedHostSuffixes.Any(suffix => !Suffix().IsMatch(suffix)))
        {
            yield return new(
                $"{Section}:{nameof(AllowedHostSuffixes)}: each must be a dot and a lower-case domain of two or more parts, such as .my.salesforce.mil");
        }
        else if (MyDomains.Keys.Any(host => !HostNames.IsMyDomain(host, AllowedHostSuffixes)))
        {
            yield return new($"{Section}:{nameof(MyDomains)}: each name {HostNames.MyDomainAllowed}");
        }
        if (MyDomains.Values.Any(url => !IsBaseUrl(url)))
            yield return new($"{Section}:{nameof(MyDomains)}: each value {BaseUrlAllowed}");
        if (Proxy is not (null or { IsAbsoluteUri: true, Scheme: "http" or "https", PathAndQuery: "/", UserInfo: "", Fragment: "" }))
            yield return new($"{Section}:{nameof(Proxy)} must be an http or https URL with scheme, host and port; user and password have their own settings");
        if (ProxyUser is not null != ProxyPassword is not null || (ProxyUser is not null && Proxy is null))
        {
            yield return new(
                $"{Section}:{nameof(ProxyUser)} needs {Section}:{nameof(ProxyPassword)} or {Section}:{nameof(ProxyPasswordFile)}, and vice versa; both need "
                + $"{Section}:{nameof(Proxy)}");
        }
        if (string.IsNullOrEmpty(ClientId) != ClientSecret is null)
        {
            yield return new(
                $"{Section}:{nameof(ClientId)} needs {Section}:{nameof(ClientSecret)} or {Section}:{nameof(ClientSecretFile)}, and vice versa: set both "
                + "or neither");
        }
        if (ClientId?.All(IsPrintable) == false)
            yield return new($"{Section}:{nameof(ClientId)} must be printable ASCII without spaces");
        if (ClientSecret?.Reveal().All(IsPrintable) == false)
        {
            yield return new(
                $"{Section}:{nameof(ClientSecret)} must be printable ASCII without spaces, also in the file of {Section}:{nameof(ClientSecretFile)}");
        }
        if (!IsRedirectUri(RedirectUri))
            yield return new($"{Section}:{nameof(RedirectUri)} must be an https URL, or http on localhost, 127.0.0.1 or [::1], without query and fragment");
        foreach (var problem in ValidateChecks())
            yield return problem;
    }

    private IEnumerable<ValidationResult> ValidateChecks()
    {
        var deciding = DecidingChecks ?? [];
        if (deciding.Any(name => !CheckNames.All.Contains(name)) || (DecidingChecks is not null && !AlwaysDecide.All(deciding.Contains)))
        {
            yield return new(
                $"{Section}:{nameof(DecidingChecks)} must contain {string.Join(" and ", AlwaysDecide)}, and each must be one of "
                + string.Join(", ", CheckNames.All));
        }
        if (deciding.Contains(CheckNames.FieldAccess) && RequiredFields.Length == 0)
            yield return new($"{Section}:{nameof(DecidingChecks)}: {CheckNames.FieldAccess} needs {Section}:{nameof(RequiredFields)}");
        if (deciding.Contains(CheckNames.PackageVersion) && RequiredPackages.Count == 0)
            yield return new($"{Section}:{nameof(DecidingChecks)}: {CheckNames.PackageVersion} needs {Section}:{nameof(RequiredPackages)}");
        if (RequiredFields.Any(field => !RequiredObject.IsValid(field)))
            yield return new($"{Section}:{nameof(RequiredFields)}: each must be {RequiredObject.Allowed}");
        else if (RequiredObject.Of(RequiredFields).Count > RequiredObject.MaxObjects)
            yield return new($"{Section}:{nameof(RequiredFields)} may name at most {RequiredObject.MaxObjects} objects");
        if (RequiredPackages.Any(package => RequiredPackage.Parse(package.Key, package.Value) is null))
            yield return new($"{Section}:{nameof(RequiredPackages)}: each must be {RequiredPackage.Allowed}");
    }

    private static bool IsBaseUrl(Uri? url) => url is { IsAbsoluteUri: true, Scheme: "https" or "http", PathAndQuery: "/", UserInfo: "", Fragment: "" }
        // Plain http is for simulators: it would send passwords to Salesforce unencrypted.
        && (url.Scheme == "https" || !url.IdnHost.EndsWith("salesforce.com", StringComparison.Ordinal));

    private static bool IsPrintable(char c) => c is > ' ' and < '\x7f';

    // The setting is sent exactly as written, so the original text is checked: Uri would normalize it.
    private static bool IsRedirectUri(Uri? url) => url is { IsAbsoluteUri: true, UserInfo: "" }
        && url.OriginalString.All(c => IsPrintable(c) && c is not ('?' or '#'))
        && (url.Scheme == "https" || (url.Scheme == "http" && url.Host is "localhost" or "127.0.0.1" or "[::1]"));

    [GeneratedRegex(@"\A(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?){2,}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Suffix();
}
