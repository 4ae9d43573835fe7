using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>The pages behind a proxy that removes the prefix before /oauth.</summary>
public sealed class ProxyPrefixTests : OAuthPageTest
{
    private const string Prefix = "/tools/creds";

    private protected override IEnumerable<string> Settings => [.. base.Settings, $"Salesforce:RedirectUri=https://example.test{Prefix}/oauth/callback"];

    [Fact]
    public async Task Every_link_to_the_service_has_the_prefix()
    {
        Simulator.ChangeApp(SalesforceSimulator.DefaultApps.Demo.ConsumerKey,
            app => app with { CallbackUrls = [$"https://example.test{Prefix}/oauth/callback"] });
        var setup = await SetAndStartAsync();
        Assert.StartsWith($"https://example.test{Prefix}/oauth/start?state=", setup.StartUrl, StringComparison.Ordinal);
        // As the proxy passes it on.
        var callback = (await SignInDirectlyAsync(setup.AuthorizationUrl)).ToString();
        Assert.Contains($"{Prefix}/oauth/callback?", callback, StringComparison.Ordinal);
        var page = (await GetAsync(new Uri(callback.Replace(Prefix, "", StringComparison.Ordinal)))).Says(409, "Do you want to connect acme");
        Assert.Equal(setup.StartUrl, page.Link);

        // The browser sends back what it received, under any prefix.
        var start = await GetAsync(new Uri(Here(page.Link).ToString().Replace(Prefix, "", StringComparison.Ordinal)));
        Assert.Contains("path=/;", start.Headers["Set-Cookie"] + ";", StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("__Host-", start.Headers["Set-Cookie"], StringComparison.Ordinal);
    }
}
