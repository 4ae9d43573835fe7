using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed class JwtBearerTests : OAuthTest
{
    private const string Production = "https://login.salesforce.com";

    [Theory]
    [InlineData(Production)]
    [InlineData("https://acme.my.salesforce.com")]
    public async Task An_assertion_by_the_certificates_key_gives_a_token_of_its_subject(string audience)
    {
        using var key = Uploaded();
        var answer = await RequestAsync(Assertion(key, audience: audience));
        Assert.EndsWith("/id/00Dxx0000001gPLEAY/005600000045vWeAAI", answer["id"], StringComparison.Ordinal);
        Assert.False(answer.ContainsKey("refresh_token"));
        Assert.Equal("api id", answer["scope"]);
        Assert.Equal(200, (int)(await GetAsync("services/data/v64.0", answer["access_token"])).StatusCode);
    }

    [Theory]
    [InlineData("https://test.salesforce.com")]
    [InlineData("https://acme--uat.sandbox.my.salesforce.com")]
    [InlineData("https://evil.example.test")]
    [InlineData("")]
    public async Task Another_audience_is_refused(string audience)
    {
        using var key = Uploaded();
        Assert.Equal("invalid_grant: audience is invalid", Error(await RequestAsync(Assertion(key, audience: audience))));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(182)]
    public async Task An_assertion_may_live_for_three_minutes_by_the_clock_of_the_server(int seconds)
    {
        using var key = Uploaded();
        Assert.Equal("invalid_grant: invalid assertion", Error(await RequestAsync(Assertion(key, lifetime: TimeSpan.FromSeconds(seconds)))));
    }

    [Fact]
    public async Task Only_a_valid_certificate_of_the_app_counts()
    {
        using var key = new JwtKey();
        Assert.Equal("invalid_grant: invalid assertion", Error(await RequestAsync(Assertion(key))));
        using var ended = new JwtKey(notAfter: DateTimeOffset.UtcNow.AddMinutes(-1));
        Simulator.UploadCertificate(App.ConsumerKey, ended.Certificate);
        Assert.Equal("invalid_grant: invalid assertion", Error(await RequestAsync(Assertion(ended))));
        Simulator.UploadCertificate(App.ConsumerKey, key.Certificate);
        var good = Assertion(key);
        Assert.Equal("invalid_grant: invalid assertion", Error(await RequestAsync(good[..^4] + "AAAA")));
        Assert.Equal("invalid_grant: invalid assertion", Error(await RequestAsync(Assertion(key, algorithm: "none"))));
        foreach (var text in new[] { "", "a.b.c", "a.b", "e30.e30.e30" })
            Assert.Equal("invalid_grant: invalid assertion", Error(await RequestAsync(text)));
        Assert.Contains("access_token", (await RequestAsync(good)).Keys);
    }

    [Fact]
    public async Task A_second_certificate_replaces_the_first_or_stands_beside_it()
    {
        using var first = Uploaded();
        using var second = Uploaded();
        Assert.Equal("invalid_grant: invalid assertion", Error(await RequestAsync(Assertion(first))));
        Simulator.ChangeApp(App.ConsumerKey, app => app with { MaxCertificates = 2 });
        Simulator.UploadCertificate(App.ConsumerKey, first.Certificate);
        Assert.Contains("access_token", (await RequestAsync(Assertion(first))).Keys);
        Assert.Contains("access_token", (await RequestAsync(Assertion(second))).Keys);
    }

    [Fact]
    public async Task Everything_else_that_an_administrator_has_not_set_is_refused()
    {
        using var key = Uploaded();
        Assert.Equal("invalid_client_id: client identifier invalid", Error(await RequestAsync(Assertion(key, issuer: "unknown"))));
        Assert.Equal("invalid_grant: user hasn't approved this consumer", Error(await RequestAsync(Assertion(key, subject: "nobody@acme.test"))));
        Simulator.ChangeApp(App.ConsumerKey, app => app with { ApprovedUsers = [] });
        Assert.Equal("invalid_app_access: user is not admin approved to access this app", Error(await RequestAsync(Assertion(key))));
        Simulator.ChangeApp(App.ConsumerKey, app => app with { ApprovedUsers = null });
        Assert.Equal("invalid_grant: user hasn't approved this consumer", Error(await RequestAsync(Assertion(key))));
        Simulator.ChangeApp(App.ConsumerKey, app => app with { ApprovedUsers = [Ann], JwtBearerFlow = false });
        Assert.Equal("unsupported_grant_type: grant type not supported", Error(await RequestAsync(Assertion(key))));
        Simulator.ChangeApp(App.ConsumerKey, app => app with { JwtBearerFlow = true, KnownFrom = DateTimeOffset.MaxValue });
        Assert.Equal("invalid_client_id: client identifier invalid", Error(await RequestAsync(Assertion(key))));
        Simulator.ChangeApp(App.ConsumerKey, app => app with { KnownFrom = null });
        Simulator.ChangeUser(Ann, user => user with { Inactive = true });
        Assert.Equal("inactive_user: user is inactive", Error(await RequestAsync(Assertion(key))));
    }

    private JwtKey Uploaded()
    {
        var key = new JwtKey();
        Simulator.UploadCertificate(App.ConsumerKey, key.Certificate);
        return key;
    }

    private static string Assertion(
        JwtKey key, string? issuer = null, string? subject = null, string audience = Production, TimeSpan? lifetime = null, string algorithm = "RS256") =>
        key.Assert(issuer ?? App.ConsumerKey, subject ?? Ann, audience, DateTimeOffset.UtcNow + (lifetime ?? TimeSpan.FromMinutes(2)), algorithm);

    private async Task<Dictionary<string, string>> RequestAsync(string assertion) => Members(await PostAsync(
        "token", new() { ["grant_type"] = "urn:ietf:params:oauth:grant-type:jwt-bearer", ["assertion"] = assertion }));
}
