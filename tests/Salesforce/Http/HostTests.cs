using GrpcCreds.Server.Salesforce;
using GrpcCreds.Server.Salesforce.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Salesforce.Http;

public sealed class HostTests
{
    [Theory]
    [InlineData("")]
    [InlineData("acme.my.salesforce.com")]
    [InlineData("https://evil.com")]
    [InlineData("https://evilsalesforce.com")]
    [InlineData("https://acme.my.salesforce.com.evil.example")]
    [InlineData("https://acme.my.salesforce.com@evil.example")]
    [InlineData("https://user:pass@acme.my.salesforce.com")]
    [InlineData("https://evil.example#.my.salesforce.com")]
    [InlineData("https://evil.example?.my.salesforce.com")]
    [InlineData("https://evil.example/.my.salesforce.com")]
    [InlineData("https://evil.example\\.my.salesforce.com")]
    [InlineData("https://acme.my.salesforce.com#fragment")]
    [InlineData("https://acme.my.salesforce.com:8443")]
    [InlineData("https://acme.my.salesforce.com:80")]
    [InlineData("https://acme.my.salesforce.com.")]
    [InlineData("http://acme.my.salesforce.com")]
    [InlineData("http://acme.my.salesforce.com:443")]
    [InlineData("ftp://acme.my.salesforce.com")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://[::ffff:7f00:1]")]
    [InlineData("https://0x7f.1")]
    [InlineData("https://2130706433")]
    [InlineData("https://127.0.0.1")]
    [InlineData("https://169.254.169.254/latest")]
    [InlineData("https://localhost")]
    [InlineData("https://ⓔvil.my.salesforce.com")]
    [InlineData("https://acme.my.salesforce。com")]
    [InlineData("https://acme .my.salesforce.com")]
    [InlineData("https://acme.my.salesforce.com\n")]
    [InlineData("https://acme_x.my.salesforce.com")]
    [InlineData("https://my.salesforce.com")]
    [InlineData("https://salesforce.com")]
    [InlineData("https://.salesforce.com")]
    [InlineData("https://acme.my.salesforce.mil")]
    [InlineData("https://acme.lightning.force.com")]
    public void A_host_that_is_not_Salesforces_is_refused(string url) => Assert.False(SalesforceHosts.IsAllowed(url, new SalesforceOptions()));

    [Theory]
    [InlineData("https://login.salesforce.com")]
    [InlineData("https://test.salesforce.com")]
    [InlineData("https://acme.my.salesforce.com")]
    [InlineData("https://ACME.my.Salesforce.com")]
    [InlineData("https://acme.my.salesforce.com:443/services/Soap/u/64.0/00Dxx0000001gPL")]
    [InlineData("https://acme--sbx.sandbox.my.salesforce.com")]
    [InlineData("https://acme--sbx.my.salesforce.com")]
    [InlineData("https://acme-dev-ed.develop.my.salesforce.com")]
    [InlineData("https://acme.scratch.my.salesforce.com")]
    [InlineData("https://na139.salesforce.com")]
    public void A_host_of_Salesforce_is_allowed(string url) => Assert.True(SalesforceHosts.IsAllowed(url, new SalesforceOptions()));

    [Fact]
    public void A_further_suffix_allows_whole_labels_below_it_only()
    {
        var options = new SalesforceOptions { AllowedHostSuffixes = [".my.salesforce.mil", ".crmforce.mil"] };
        Assert.True(SalesforceHosts.IsAllowed("https://acme.my.salesforce.mil", options));
        Assert.True(SalesforceHosts.IsAllowed("https://acme.crmforce.mil", options));
        Assert.False(SalesforceHosts.IsAllowed("https://evilcrmforce.mil", options));
        Assert.False(SalesforceHosts.IsAllowed("https://crmforce.mil", options));
        Assert.False(SalesforceHosts.IsAllowed("http://acme.crmforce.mil", options));
        Assert.True(SalesforceHosts.IsMyDomain("acme.my.salesforce.mil", options));
        Assert.False(SalesforceHosts.IsMyDomain("my.salesforce.mil", options));
    }

    [Fact]
    public void What_the_operator_named_is_allowed_exactly()
    {
        var options = new SalesforceOptions
        {
            Production = new() { ApiBaseUrl = new("http://127.0.0.1:5090") },
            AllowedHosts = [new("http://simulator:5091")],
            MyDomains = { ["acme.my.salesforce.com"] = new("http://127.0.0.1:5092") },
        };
        foreach (var url in new[] { "http://127.0.0.1:5090/services", "http://simulator:5091", "http://127.0.0.1:5092/" })
        {
            Assert.True(SalesforceHosts.IsAllowed(url, options));
            Assert.True(SalesforceHosts.IsConfigured(new Uri(url), options));
        }
        foreach (var url in new[] { "https://127.0.0.1:5090", "http://127.0.0.1:5093",
            "http://127.0.0.1", "http://simulator:5091.evil.example", "http://127.0.0.1:5090@evil.example" })
            Assert.False(SalesforceHosts.IsAllowed(url, options));
        // A host configured at startup may be called, but not at any address.
        Assert.False(SalesforceHosts.IsConfigured(new("https://test.salesforce.com"), options));
    }

    [Theory]
    [InlineData("acme.my.salesforce.com")]
    [InlineData("acme--uat.sandbox.my.salesforce.com")]
    [InlineData("acme--uat.my.salesforce.com")]
    [InlineData("acme-dev-ed.develop.my.salesforce.com")]
    [InlineData("acme.scratch.my.salesforce.com")]
    [InlineData("0.my.salesforce.com")]
    public void A_my_domain_is_a_bare_host_name(string host)
    {
        var options = new SalesforceOptions();
        Assert.True(SalesforceHosts.IsMyDomain(host, options));
        Assert.Equal(new Uri($"https://{host}/"), options.LoginBaseUrl(useSandbox: false, host));
        Assert.True(SalesforceHosts.IsAllowed(options.LoginBaseUrl(useSandbox: true, host), options));
    }

    [Theory]
    [InlineData("")]
    [InlineData("acme")]
    [InlineData("Acme.my.salesforce.com")]
    [InlineData("https://acme.my.salesforce.com")]
    [InlineData("acme.my.salesforce.com/")]
    [InlineData("acme.my.salesforce.com:443")]
    [InlineData("acme.my.salesforce.com.")]
    [InlineData("acme.my.salesforce.com\n")]
    [InlineData(" acme.my.salesforce.com")]
    [InlineData(".my.salesforce.com")]
    [InlineData("my.salesforce.com")]
    [InlineData("a..my.salesforce.com")]
    [InlineData("-a.my.salesforce.com")]
    [InlineData("a-.my.salesforce.com")]
    [InlineData("a_b.my.salesforce.com")]
    [InlineData("user@acme.my.salesforce.com")]
    [InlineData("evil.example/.my.salesforce.com")]
    [InlineData("ⓔvil.my.salesforce.com")]
    [InlineData("acme.my.salesforce.com.evil.example")]
    [InlineData("acmemy.salesforce.com")]
    [InlineData("na139.salesforce.com")]
    [InlineData("login.salesforce.com")]
    [InlineData("acme.my.salesforce.mil")]
    [InlineData("127.0.0.1")]
    [InlineData("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg.my.salesforce.com")]
    public void Anything_else_is_no_my_domain(string host) => Assert.False(SalesforceHosts.IsMyDomain(host, new SalesforceOptions()));

    [Fact]
    public void A_login_goes_to_the_my_domain_or_where_the_operator_says_it_is()
    {
        var options = new SalesforceOptions { MyDomains = { ["acme.my.salesforce.com"] = new("http://127.0.0.1:5090") } };
        Assert.Equal(new("https://login.salesforce.com"), options.LoginBaseUrl(useSandbox: false, null));
        Assert.Equal(new("https://test.salesforce.com"), options.LoginBaseUrl(useSandbox: true, ""));
        Assert.Equal(new("http://127.0.0.1:5090"), options.LoginBaseUrl(useSandbox: false, "acme.my.salesforce.com"));
        Assert.Equal(new("https://umbrella.my.salesforce.com"), options.LoginBaseUrl(useSandbox: true, "umbrella.my.salesforce.com"));
    }

    [Fact]
    public void The_settings_are_read_by_their_names()
    {
        var options = Read(
            ("Salesforce:AllowedHostSuffixes:0", ".my.salesforce.mil"),
            ("Salesforce:AllowedHosts:0", "http://127.0.0.1:5090"),
            ("Salesforce:MyDomains:acme.my.salesforce.com", "http://127.0.0.1:5091"));
        Assert.Equal([".my.salesforce.mil"], options.AllowedHostSuffixes);
        Assert.Equal(new("http://127.0.0.1:5091"), options.LoginBaseUrl(useSandbox: false, "acme.my.salesforce.com"));
        Assert.True(SalesforceHosts.IsAllowed("http://127.0.0.1:5090", options));
    }

    [Theory]
    [InlineData("AllowedHostSuffixes:0", "my.salesforce.mil")]
    [InlineData("AllowedHostSuffixes:0", ".com")]
    [InlineData("AllowedHostSuffixes:0", ".")]
    [InlineData("AllowedHostSuffixes:0", ".My.salesforce.mil")]
    [InlineData("AllowedHostSuffixes:0", "..mil")]
    [InlineData("AllowedHosts:0", "127.0.0.1:5090")]
    [InlineData("AllowedHosts:0", "http://127.0.0.1:5090/path")]
    [InlineData("AllowedHosts:0", "ftp://127.0.0.1")]
    [InlineData("AllowedHosts:0", "http://u:p@127.0.0.1")]
    [InlineData("MyDomains:acme.evil.example", "http://127.0.0.1:5090")]
    [InlineData("MyDomains:acme.my.salesforce.com", "nowhere")]
    [InlineData("Production:ApiBaseUrl", "https://login.salesforce.com/services")]
    [InlineData("Production:AuthorizeBaseUrl", "https://login.salesforce.com/services")]
    [InlineData("Sandbox:AuthorizeBaseUrl", "http://test.salesforce.com")]
    public void A_wrong_setting_is_refused_by_its_name(string name, string value)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Read(($"Salesforce:{name}", value)));
        Assert.Contains($"Salesforce:{name.Split(':')[0]}", error.Message, StringComparison.Ordinal);
    }

    private static SalesforceOptions Read(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value))).Build();
        using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddSalesforce().BuildServiceProvider();
        return services.GetRequiredService<IOptions<SalesforceOptions>>().Value;
    }
}
