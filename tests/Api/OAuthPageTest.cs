using System.Net;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>A test that is an administrator, and a browser that goes to Salesforce and back.</summary>
public abstract class OAuthPageTest : ServiceTest
{
    private readonly HttpClient browser = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new() });

    private protected override IEnumerable<string> Settings =>
    [
        $"Salesforce:ClientId={DefaultApps.Demo.ConsumerKey}",
        $"Salesforce:ClientSecret={DefaultApps.Demo.ConsumerSecret}",
        "Clock:Adjustable=true",
    ];

    private protected SimulatedUser Configured => Simulator.Users().Single(user => user.Username == Calls.User);

    /// <summary>Saves the ids of a user that Salesforce will approve as.</summary>
    private protected async Task SetAsync(Activation activation = Activation.TestFirst)
    {
        Simulator.SetConsent(Consent.Approve(Calls.User));
        await Client.SetOAuthCredentialAsync(new() { TenantId = "acme", OrgId = Configured.OrgId, UserId = Configured.UserId, Activation = activation });
    }

    private protected async Task<StartOAuthSetupResponse> StartAsync() => await Client.StartOAuthSetupAsync(new() { TenantId = "acme" });

    /// <summary>Saves and starts.</summary>
    private protected async Task<StartOAuthSetupResponse> SetAndStartAsync(Activation activation = Activation.TestFirst)
    {
        await SetAsync(activation);
        return await StartAsync();
    }

    /// <summary>Looks at the start page and goes to Salesforce, which decides at once.</summary>
    /// <returns>Where it sends the browser, on the service under test.</returns>
    private protected async Task<Uri> SignInAsync(string authorizationUrl)
    {
        await GetAsync($"/oauth/start?state={StateOf(authorizationUrl)}");
        return await SignInDirectlyAsync(authorizationUrl);
    }

    private protected static string StateOf(string url) => System.Web.HttpUtility.ParseQueryString(new Uri(url).Query)["state"]!;

    /// <summary>Goes straight to Salesforce.</summary>
    private protected async Task<Uri> SignInDirectlyAsync(string authorizationUrl)
    {
        using var answer = await browser.GetAsync(new Uri(authorizationUrl), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return Here(answer.Headers.Location!.ToString());
    }

    /// <summary>A URL on what the service believes to be its public address, on the port it really has.</summary>
    private protected Uri Here(string url) => new(Service.Http, new Uri(url).PathAndQuery);

    private protected Task<Page> GetAsync(Uri url, CancellationToken cancellationToken = default) => SendAsync(HttpMethod.Get, url, cancellationToken);

    private protected Task<Page> GetAsync(string pathAndQuery) => GetAsync(new Uri($"{Service.Http.GetLeftPart(UriPartial.Authority)}{pathAndQuery}"));

    private protected async Task<Page> SendAsync(HttpMethod method, Uri url, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(method, url);
        using var answer = await browser.SendAsync(request, cancellationToken);
        var headers = answer.Headers.Concat(answer.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase);
        return new Page((int)answer.StatusCode, headers, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    private protected async Task<SetupStatus> LastSetupAsync() => (await Client.StatusAsync()).Modes.Single(mode => mode.Mode == Mode.Oauth).LastSetup;

    private protected int TokenRequests() => Simulator.Requests().Count(request => request.Path == "/services/oauth2/token");

    /// <summary>The response that the browser received.</summary>
    private protected sealed record Page(int Status, IReadOnlyDictionary<string, string> Headers, string Html)
    {
        /// <summary>Without markup.</summary>
        public string Text => WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Replace(Html, "<[^>]*>", ""));

        /// <summary>Its one link.</summary>
        public string Link => WebUtility.HtmlDecode(Assert.Single(System.Text.RegularExpressions.Regex.Matches(Html, "href=\"([^\"]*)\"")).Groups[1].Value);

        public Page Says(int status, string text)
        {
            Assert.Contains(text, Text, StringComparison.Ordinal);
            Assert.Equal(status, Status);
            return this;
        }
    }
}
