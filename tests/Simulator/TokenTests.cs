using System.Security.Cryptography;
using System.Text;
using GrpcCreds.SalesforceSimulator;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed class TokenTests : OAuthTest
{
    private readonly FakeTimeProvider time = new(DateTimeOffset.FromUnixTimeMilliseconds(1760000000000));

    protected override SimulatorOptions Options => new() { AutoApprove = true, TimeProvider = time };

    [Fact]
    public async Task A_code_gives_the_members_that_Salesforce_gives()
    {
        var tokens = await ApproveAsync();
        Assert.Equal(["access_token", "refresh_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at"], tokens.Keys);
        Assert.StartsWith("00Dxx0000001gPL!AQ", tokens["access_token"], StringComparison.Ordinal);
        Assert.Equal("api refresh_token id", tokens["scope"]);
        Assert.Equal($"{Simulator.Production}id/00Dxx0000001gPLEAY/005600000045vWeAAI", tokens["id"]);
        Assert.Equal(Simulator.Production.ToString().TrimEnd('/'), tokens["instance_url"]);
        Assert.Equal(("Bearer", "1760000000000"), (tokens["token_type"], tokens["issued_at"]));
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(App.ConsumerSecret), Encoding.UTF8.GetBytes(tokens["id"] + tokens["issued_at"]));
        Assert.Equal(Convert.ToBase64String(signature), tokens["signature"]);
    }

    [Fact]
    public async Task An_access_token_is_good_for_userinfo_identity_and_data()
    {
        var tokens = await ApproveAsync();
        Assert.Contains("005600000045vWeAAI", (await ReadAsync("services/oauth2/userinfo", tokens["access_token"])).Body, StringComparison.Ordinal);
        Assert.Equal(200, (await ReadAsync(new Uri(tokens["id"]).AbsolutePath, tokens["access_token"])).Status);
        Assert.Equal(200, await StatusOfDataAsync(tokens["access_token"]));
        var withoutApi = await ApproveAsync(("scope", "id offline_access"));
        var (status, body) = await ReadAsync("services/data/v64.0", withoutApi["access_token"]);
        Assert.Equal(401, status);
        Assert.Contains("This session is not valid for use with the REST API", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_code_is_good_once_and_for_its_time()
    {
        var code = await CodeAsync();
        await ExchangeAsync(code);
        Assert.Equal("invalid_grant: expired authorization code", Error(await ExchangeAsync(code)));
        var late = await CodeAsync();
        time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal("invalid_grant: expired authorization code", Error(await ExchangeAsync(late)));
    }

    [Theory]
    [InlineData("redirect_uri", "http://localhost:5081/oauth/callback/", "redirect_uri_mismatch: redirect_uri must match configuration")]
    [InlineData("redirect_uri", "http://127.0.0.1:5081/oauth/callback", "redirect_uri_mismatch: redirect_uri must match configuration")]
    [InlineData("code_verifier", "", "invalid_grant: missing required code verifier")]
    [InlineData("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXj", "invalid_grant: invalid code verifier")]
    [InlineData("client_id", "nobody", "invalid_client_id: client identifier invalid")]
    [InlineData("client_secret", "wrong", "invalid_client: invalid client credentials")]
    [InlineData("grant_type", "password", "unsupported_grant_type: grant type not supported")]
    public async Task What_does_not_fit_is_refused_in_the_words_of_Salesforce(string name, string value, string error)
    {
        Assert.Equal(error, Error(await ExchangeAsync(await CodeAsync(), (name, value))));
        Assert.Empty(Simulator.Grants());
    }

    [Theory]
    [InlineData(42, false)]
    [InlineData(43, true)]
    [InlineData(171, true)]
    [InlineData(172, false)]
    public async Task A_verifier_has_43_to_171_characters(int length, bool accepted)
    {
        var verifier = new string('v', length);
        var challenge = System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        var answer = await ExchangeAsync(await CodeAsync(("code_challenge", challenge)), ("code_verifier", verifier));
        Assert.Equal(accepted ? null : "invalid_grant: invalid code verifier", Error(answer));
    }

    [Fact]
    public async Task The_client_may_stand_in_the_header_and_the_body_wins()
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = await CodeAsync(),
            ["redirect_uri"] = Callback,
            ["code_verifier"] = Verifier,
        };
        Assert.Equal(200, (await PostAsync("token", form, $"{App.ConsumerKey}:{App.ConsumerSecret}")).Status);
        form["code"] = await CodeAsync();
        Assert.Contains("invalid_client", (await PostAsync("token", form, $"{App.ConsumerKey}:wrong")).Body, StringComparison.Ordinal);
        var both = new Dictionary<string, string>(form) { ["client_id"] = App.ConsumerKey, ["client_secret"] = App.ConsumerSecret };
        Assert.Equal(200, (await PostAsync("token", both, $"{App.ConsumerKey}:wrong")).Status);
    }

    [Fact]
    public async Task Old_organizations_print_ids_with_15_characters()
    {
        Simulator.ChangeUser(Ann, ann => ann with { ShortIds = true });
        Assert.EndsWith("/id/00Dxx0000001gPL/005600000045vWe", (await ApproveAsync())["id"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_its_scope_there_is_no_refresh_token()
    {
        var tokens = await ApproveAsync(("scope", "api"));
        Assert.False(tokens.ContainsKey("refresh_token"));
        Assert.Empty(Simulator.Grants().Single().RefreshTokens);
    }

    [Fact]
    public async Task Sandbox_knows_nothing_of_the_grants_of_production()
    {
        var tokens = await ApproveAsync();
        Assert.Equal(DeadGrant, Error(await RefreshAsync(tokens["refresh_token"], Simulator.Sandbox)));
        Assert.Null(Error(await RefreshAsync(tokens["refresh_token"])));
    }

    [Fact]
    public async Task Answers_can_be_wrong_in_every_way_that_a_client_must_notice()
    {
        var good = await ApproveAsync();
        Twist(new() { WithoutRefreshToken = true });
        Assert.False((await ApproveAsync()).ContainsKey("refresh_token"));
        Twist(new() { BadSignature = true });
        Assert.NotEqual(good["signature"], (await ApproveAsync())["signature"]);
        Twist(new() { Scope = "id refresh_token" });
        var scoped = await ApproveAsync();
        Assert.Equal(("id refresh_token", 401), (scoped["scope"], await StatusOfDataAsync(scoped["access_token"])));
        Twist(new() { OrgId = "00Dx0000000BV7zEAG", UserId = "005x00000012Q9PAAU", InstanceUrl = new Uri("https://na9.test/") });
        var other = await RefreshAsync(good["refresh_token"]);
        Assert.EndsWith("/id/00Dx0000000BV7zEAG/005x00000012Q9PAAU", other["id"], StringComparison.Ordinal);
        Assert.Equal("https://na9.test", other["instance_url"]);
        Twist(new() { Without = "access_token" });
        Assert.False((await RefreshAsync(good["refresh_token"])).ContainsKey("access_token"));
        Assert.Equal(good["id"], (await RefreshAsync(good["refresh_token"]))["id"]);
    }

    private void Twist(TokenTwist twist) => Simulator.Fail(Endpoint.Token, Failure.Token(twist));
}
