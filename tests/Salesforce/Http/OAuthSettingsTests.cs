using GrpcCreds.Server.Salesforce;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Salesforce.Http;

public sealed class OAuthSettingsTests : IDisposable
{
    private const string Canary = "s3cret-canary";

    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public void Without_settings_there_is_no_OAuth()
    {
        Assert.False(Read().IsOAuthConfigured);
        Assert.False(Read(("ClientId", ""), ("ClientSecret", ""), ("ClientSecretFile", "")).IsOAuthConfigured);
        Assert.Equal("http://localhost:5081/oauth/callback", Read().RedirectUri.OriginalString);
    }

    [Fact]
    public void A_key_and_its_secret_are_read_and_the_secret_is_not_printed()
    {
        var options = Read(("ClientId", "3MVG9key"), ("ClientSecret", Canary), ("RedirectUri", "https://creds.example.test/callback"));
        Assert.True(options.IsOAuthConfigured);
        Assert.Equal(new Secret(Canary), options.ClientSecret);
        Assert.Equal("[secret]", options.ClientSecret!.ToString());
        Assert.Equal("https://creds.example.test/callback", options.RedirectUri.OriginalString);
    }

    [Theory]
    [InlineData(Canary)]
    [InlineData(Canary + "\n")]
    [InlineData(Canary + "\r\n")]
    public void A_secret_may_stand_in_a_file(string content)
    {
        File.WriteAllText(file, content);
        var options = Read(("ClientId", "3MVG9key"), ("ClientSecretFile", file));
        Assert.True(options.IsOAuthConfigured);
        Assert.Equal(new Secret(Canary), options.ClientSecret);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("two words")]
    [InlineData(Canary + "\nand more")]
    public void A_file_with_no_secret_in_it_is_refused(string content)
    {
        File.WriteAllText(file, content);
        Assert.Contains("Salesforce:ClientSecretFile", Refusal(("ClientId", "3MVG9key"), ("ClientSecretFile", file)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead, true)]
    [InlineData(UnixFileMode.UserRead, true)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherRead, false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupWrite, false)]
    public void A_file_that_others_can_read_or_write_is_refused(UnixFileMode mode, bool isGood)
    {
        File.WriteAllText(file, Canary);
        KeyRings.SetMode(file, mode);
        (string, string)[] settings = [("ClientId", "3MVG9key"), ("ClientSecretFile", file)];
        if (isGood)
            Assert.True(Read(settings).IsOAuthConfigured);
        else
            Assert.Contains($"Salesforce:ClientSecretFile: '{file}' can be read or written by others", Refusal(settings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_refused()
    {
        var refusal = Refusal(("ClientId", "3MVG9key"), ("ClientSecretFile", file + ".missing"));
        Assert.Contains("Salesforce:ClientSecretFile", refusal, StringComparison.Ordinal);
        Assert.Contains(file + ".missing", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_and_a_file_are_one_too_many()
    {
        File.WriteAllText(file, Canary);
        var refusal = Refusal(("ClientId", "3MVG9key"), ("ClientSecret", Canary), ("ClientSecretFile", file));
        Assert.Contains("Salesforce:ClientSecret and Salesforce:ClientSecretFile are both set", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_proxy_has_its_password_in_a_file()
    {
        File.WriteAllText(file, Canary + "\n");
        var options = Read(("Proxy", "http://proxy.example.test:3128"), ("ProxyUser", "service"), ("ProxyPasswordFile", file));
        Assert.Equal(("service", new Secret(Canary)), (options.ProxyUser, options.ProxyPassword));
        Assert.Null(Read().Proxy);
        Assert.Null(Read(("Proxy", "https://proxy.example.test"), ("ProxyUser", ""), ("ProxyPassword", "")).ProxyPassword);
    }

    [Theory]
    [InlineData("http://service:canary@proxy.example.test:3128")]
    [InlineData("http://proxy.example.test:3128/path")]
    [InlineData("http://proxy.example.test:3128?q=canary")]
    [InlineData("socks5://proxy.example.test:1080")]
    [InlineData("proxy.example.test:3128")]
    public void A_proxy_is_a_URL_of_scheme_host_and_port(string proxy)
    {
        var refusal = Refusal(("Proxy", proxy));
        Assert.Contains("Salesforce:Proxy must be", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_login_at_the_proxy_is_refused()
    {
        File.WriteAllText(file, Canary);
        const string Proxy = "http://proxy.example.test:3128";
        foreach (var refusal in new[]
        {
            Refusal(("Proxy", Proxy), ("ProxyUser", "service")), Refusal(("Proxy", Proxy), ("ProxyPassword", Canary)),
            Refusal(("Proxy", Proxy), ("ProxyPasswordFile", file)),
            Refusal(("ProxyUser", "service"), ("ProxyPassword", Canary)),
        })
        {
            Assert.Contains("Salesforce:ProxyUser needs", refusal, StringComparison.Ordinal);
            Assert.DoesNotContain("canary", refusal, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_checks_of_a_test_have_settings()
    {
        var options = Read(
            ("RequiredFields:0", "Account"), ("RequiredFields:1", "account.Name"), ("RequiredFields:2", "Zuora__Sub__c.Zuora__Status__c"),
            ("RequiredFields:3", "ACCOUNT.name:create"), ("RequiredFields:4", "Account.Name:update"), ("RequiredFields:5", "Zuora__Sub__c:create"),
            ("RequiredPackages:Zuora", "2.102"), ("RequiredPackages:zqu", "10.3 if installed"),
            ("DecidingChecks:0", "LOGIN"), ("DecidingChecks:1", "IDENTITY"), ("DecidingChecks:2", "FIELD_ACCESS"));
        Assert.Equal(
            ["Account Read: Name Write", "Zuora__Sub__c Create: Zuora__Status__c Read"],
            RequiredObject.Of(options.RequiredFields).Select(
                each => $"{each.Name} {each.Access}: {string.Join(' ', each.Fields.Select(field => $"{field.Name} {field.Access}"))}"));
        Assert.Equal(new("zqu", new(10, 3), IfInstalled: true), RequiredPackage.Parse("zqu", options.RequiredPackages["zqu"]));
        Assert.Equal((true, false, true), (options.Decides("LOGIN"), options.Decides("API"), options.Decides("FIELD_ACCESS")));
        string[] checks = ["LOGIN", "IDENTITY", "API", "API_VERSION", "CUSTOMIZE_APPLICATION", "FIELD_ACCESS", "PACKAGE_VERSION"];
        Assert.Equal(checks[..4], checks.Where(Read().Decides));
    }

    [Theory]
    [InlineData("RequiredFields:0", "Account Name", "RequiredFields")]
    [InlineData("RequiredFields:0", "Account.Owner.Name", "RequiredFields")]
    [InlineData("RequiredFields:0", "Account/describe?x", "RequiredFields")]
    [InlineData("RequiredFields:0", "", "RequiredFields")]
    [InlineData("RequiredFields:0", "Account.Name:delete", "RequiredFields")]
    [InlineData("RequiredFields:0", "Account.Name:", "RequiredFields")]
    [InlineData("RequiredFields:0", "Account:Write", "RequiredFields")]
    [InlineData("RequiredPackages:Zuora", "two", "RequiredPackages")]
    [InlineData("RequiredPackages:Zuora", "2.102 perhaps", "RequiredPackages")]
    [InlineData("RequiredPackages:Zu-ora", "2.102", "RequiredPackages")]
    [InlineData("DecidingChecks:0", "LOGIN", "DecidingChecks")]
    [InlineData("DecidingChecks:2", "EVERYTHING", "DecidingChecks")]
    [InlineData("DecidingChecks:2", "FIELD_ACCESS", "DecidingChecks: FIELD_ACCESS needs Salesforce:RequiredFields")]
    [InlineData("DecidingChecks:2", "PACKAGE_VERSION", "DecidingChecks: PACKAGE_VERSION needs Salesforce:RequiredPackages")]
    public void A_setting_of_the_checks_has_its_form(string name, string value, string refusal)
    {
        (string, string)[] always = name == "DecidingChecks:2" ? [("DecidingChecks:0", "LOGIN"), ("DecidingChecks:1", "IDENTITY")] : [];
        Assert.Contains($"Salesforce:{refusal}", Refusal([.. always, (name, value)]), StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_of_more_objects_than_a_test_may_ask_for_are_refused()
    {
        (string, string)[] Fields(int count) => [.. Enumerable.Range(0, count).Select(i => ($"RequiredFields:{i}", $"Object{i}.Name"))];
        Assert.Equal(48, Read(Fields(48)).RequiredFields.Length);
        Assert.Contains("at most 48 objects", Refusal(Fields(49)), StringComparison.Ordinal);
    }

    [Fact]
    public void Half_of_the_settings_is_refused_by_the_names_of_all()
    {
        File.WriteAllText(file, Canary);
        string[] refusals = [Refusal(("ClientId", "3MVG9key")), Refusal(("ClientSecret", Canary)), Refusal(("ClientSecretFile", file))];
        Assert.All(refusals, refusal => Assert.All(
            (string[])["Salesforce:ClientId", "Salesforce:ClientSecret ", "Salesforce:ClientSecretFile"],
            name => Assert.Contains(name, refusal, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("ClientId", "two words")]
    [InlineData("ClientSecret", "two words")]
    [InlineData("ClientSecret", "s3cret-canary\n")]
    [InlineData("RedirectUri", "http://creds.example.test/callback")]
    [InlineData("RedirectUri", "http://localhost.example.test/callback")]
    [InlineData("RedirectUri", "http://127.0.0.2/callback")]
    [InlineData("RedirectUri", "https://creds.example.test/callback?")]
    [InlineData("RedirectUri", "https://creds.example.test/callback?a=b")]
    [InlineData("RedirectUri", "https://creds.example.test/callback#")]
    [InlineData("RedirectUri", "https://user@creds.example.test/callback")]
    [InlineData("RedirectUri", "https://creds.example.test/call back")]
    [InlineData("RedirectUri", "/callback")]
    [InlineData("RedirectUri", "ftp://localhost/callback")]
    public void A_wrong_setting_is_refused_by_its_name(string name, string value)
    {
        var others = new[] { ("ClientId", "3MVG9key"), ("ClientSecret", Canary) }.Where(other => other.Item1 != name);
        Assert.Contains($"Salesforce:{name}", Refusal([(name, value), .. others]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:5081/oauth/callback")]
    [InlineData("http://127.0.0.1/callback")]
    [InlineData("http://[::1]:5081/callback")]
    [InlineData("https://creds.example.test")]
    public void A_good_redirect_uri_is_kept_character_by_character(string uri) => Assert.Equal(uri, Read(("RedirectUri", uri)).RedirectUri.OriginalString);

    [Fact]
    public void A_browser_signs_in_where_it_knows_Salesforce()
    {
        var options = Read(
            ("Production:AuthorizeBaseUrl", "http://localhost:5090"),
            ("MyDomains:acme.my.salesforce.com", "http://127.0.0.1:5091"));
        Assert.Equal(new Uri("http://localhost:5090"), options.AuthorizeBaseUrl(useSandbox: false, null));
        Assert.Equal(new Uri("https://login.salesforce.com"), options.ApiBaseUrl(useSandbox: false));
        Assert.Equal(new Uri("https://test.salesforce.com"), options.AuthorizeBaseUrl(useSandbox: true, ""));
        Assert.Equal(new Uri("http://127.0.0.1:5091"), options.AuthorizeBaseUrl(useSandbox: false, "acme.my.salesforce.com"));
        // The browser's way is not the service's.
        Assert.False(SalesforceHosts.IsAllowed("http://localhost:5090", options));
    }

    [Fact]
    public void An_environment_is_known_by_its_login_hosts()
    {
        var options = Read(("Production:ApiBaseUrl", "http://127.0.0.1:5090"), ("Sandbox:AuthorizeBaseUrl", "http://localhost:5091"));
        Assert.False(options.IsSandbox(new("http://127.0.0.1:5090/id/1/2")));
        Assert.False(options.IsSandbox(new("https://login.salesforce.com/id/1/2")));
        Assert.True(options.IsSandbox(new("http://localhost:5091/id/1/2")));
        Assert.True(options.IsSandbox(new("https://test.salesforce.com/id/1/2")));
        Assert.Null(options.IsSandbox(new("https://acme.my.salesforce.com/id/1/2")));
        Assert.Null(Read(("Production:ApiBaseUrl", "http://127.0.0.1:5090"), ("Sandbox:ApiBaseUrl", "http://127.0.0.1:5090"))
            .IsSandbox(new("http://127.0.0.1:5090")));
    }

    private static string Refusal(params (string Name, string Value)[] settings)
    {
        var message = Assert.Throws<OptionsValidationException>(() => Read(settings)).Message;
        Assert.DoesNotContain(Canary, message, StringComparison.Ordinal);
        return message;
    }

    private static SalesforceOptions Read(params (string Name, string Value)[] settings)
    {
        var values = settings.Select(setting => KeyValuePair.Create($"Salesforce:{setting.Name}", (string?)setting.Value));
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddSalesforce().BuildServiceProvider();
        return services.GetRequiredService<IOptions<SalesforceOptions>>().Value;
    }
}
