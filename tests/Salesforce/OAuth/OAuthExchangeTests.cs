using System.Web;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Tests.Support;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Salesforce.OAuth;

public sealed class OAuthExchangeTests : OAuthClientTest
{
    [Fact]
    public void A_sign_in_asks_for_the_right_things_and_holds_no_secret()
    {
        var options = OAuthOptions();
        options.Production.AuthorizeBaseUrl = new("http://localhost:5090");
        options.RedirectUri = new("https://creds.example.test/oauth/callback");
        var url = OAuth(options).AuthorizationUrl(useSandbox: false, null, State, Verifier);
        Assert.Equal("http://localhost:5090/services/oauth2/authorize", url.GetLeftPart(UriPartial.Path));
        var query = HttpUtility.ParseQueryString(url.Query);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["response_type"] = "code",
                ["client_id"] = DefaultApps.Demo.ConsumerKey,
                ["redirect_uri"] = "https://creds.example.test/oauth/callback",
                ["scope"] = "api refresh_token id",
                ["state"] = State,
                // The pair of RFC 7636.
                ["code_challenge"] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                ["code_challenge_method"] = "S256",
                ["prompt"] = "login",
            },
            query.AllKeys.ToDictionary(key => key!, key => query[key]!));
        Assert.Contains("scope=api%20refresh_token%20id&state=a%20b%26c%3D%3D&", url.AbsoluteUri, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sign_in_is_at_the_environment_or_at_the_my_domain()
    {
        var options = OAuthOptions();
        options.MyDomains["acme.my.salesforce.com"] = new("http://127.0.0.1:5099");
        var client = OAuth(options);
        string HostOf(bool useSandbox, string? myDomain) => client.AuthorizationUrl(useSandbox, myDomain, State, Verifier).GetLeftPart(UriPartial.Authority);
        Assert.Equal(LoginUrl, HostOf(false, null));
        Assert.Equal(Simulator.Sandbox.GetLeftPart(UriPartial.Authority), HostOf(true, ""));
        Assert.Equal("http://127.0.0.1:5099", HostOf(false, "acme.my.salesforce.com"));
        Assert.Equal("https://umbrella.my.salesforce.com", HostOf(false, "umbrella.my.salesforce.com"));
    }

    [Fact]
    public async Task A_code_becomes_a_grant_of_the_expected_user()
    {
        var callback = await SignInAsync();
        Assert.Equal(State, callback["state"]);
        Assert.EndsWith("==", callback["code"], StringComparison.Ordinal);
        var before = DateTimeOffset.UtcNow;
        var verdict = await OAuth().ExchangeAsync(LoginUrl + "/", new Secret(callback["code"]), Verifier, Ann, useSandbox: false);

        Assert.Null(verdict.Failure);
        var grant = Assert.Single(Simulator.Grants());
        Assert.Equal(Simulator.Fingerprint(verdict.RefreshToken!.Reveal()), Assert.Single(grant.RefreshTokens).Fingerprint);
        Assert.Equal(Simulator.Fingerprint(verdict.Session!.AccessToken.Reveal()), Assert.Single(grant.AccessTokens).Fingerprint);
        Assert.Equal((LoginUrl, LoginUrl, Ann), (verdict.Session.InstanceUrl, verdict.Session.LoginUrl, verdict.Session.Identity));
        // Introspection tells whole seconds.
        Assert.InRange(verdict.Session.ExpectedExpireTime, before.AddSeconds(7199), DateTimeOffset.UtcNow.AddSeconds(7200));
        Assert.All(Simulator.Requests().Where(request => request.Path != "/services/oauth2/authorize"), request => Assert.DoesNotContain('?', request.Path));
    }

    [Theory]
    [InlineData(900, 900)]
    [InlineData(36_000, 36_000)]
    [InlineData(864_000, 86_400)]
    public async Task A_session_ends_when_introspection_says_and_after_a_day(int seconds, int expected)
    {
        Simulator.ChangeUser(AnnsName, user => user with { SessionSecondsValid = seconds });
        var (session, _) = await GrantAsync();
        Assert.InRange(session.ExpectedExpireTime, DateTimeOffset.UtcNow.AddSeconds(expected - 30), DateTimeOffset.UtcNow.AddSeconds(expected));
    }

    [Theory]
    [InlineData(503, "")]
    [InlineData(400, "{\"error\":\"invalid_client\"}")]
    [InlineData(200, "{\"active\":false}")]
    [InlineData(200, "{\"active\":true}")]
    [InlineData(200, "{\"active\":true,\"exp\":\"1\"}")]
    [InlineData(200, "{\"active\":true,\"exp\":1}")]
    [InlineData(200, "{\"active\":true,\"exp\":-1}")]
    [InlineData(200, "{\"active\":true,\"exp\":1e300}")]
    [InlineData(200, "{\"active\":true,\"exp\":9223372036854775807}")]
    [InlineData(200, "<html/>")]
    public async Task A_session_lives_two_hours_if_introspection_does_not_say(int status, string body)
    {
        Simulator.ChangeUser(AnnsName, user => user with { SessionSecondsValid = 900 });
        Simulator.Fail(Endpoint.Introspect, Failure.Status(status, body));
        var (session, _) = await GrantAsync();
        Assert.InRange(session.ExpectedExpireTime, DateTimeOffset.UtcNow.AddMinutes(119), DateTimeOffset.UtcNow.AddHours(2));
    }

    [Fact]
    public async Task An_old_org_prints_short_ids()
    {
        Simulator.ChangeUser(AnnsName, user => user with { ShortIds = true });
        Assert.Equal(Ann, (await GrantAsync()).Session.Identity);
    }

    [Fact]
    public async Task A_sandbox_is_its_own_environment()
    {
        var code = (await SignInAsync(useSandbox: true))["code"];
        var verdict = await OAuth().ExchangeAsync(
            Simulator.Sandbox.GetLeftPart(UriPartial.Authority), new Secret(code), Verifier, new(SandboxOrg, AnnsId), useSandbox: true);
        Assert.Null(verdict.Failure);
        Assert.Empty(Simulator.Requests());
    }

    public static TheoryData<string, TokenTwist, string, string> Twists => new()
    {
        { "signature", new() { BadSignature = true }, "ServiceConfiguration", "not signed" },
        { "no signature", new() { Without = "signature" }, "ServiceConfiguration", "not signed" },
        { "no time", new() { Without = "issued_at" }, "ServiceConfiguration", "not signed" },
        { "no id", new() { Without = "id" }, "ServiceConfiguration", "not signed" },
        { "no ids", new() { UserId = "00e2w000003A5qrAAC" }, "ServiceConfiguration", "no valid org and user id" },
        { "other user", new() { UserId = OtherId }, "WrongIdentity", $"authorized as {OtherId}, but {AnnsId} is configured." },
        // 15 characters apart in nothing but case are another user.
        { "case", new() { UserId = "005600000045vwe" }, "WrongIdentity", "is configured" },
        { "other org", new() { OrgId = SandboxOrg }, "WrongIdentity",
            $"authorized as {AnnsId} of org {SandboxOrg}, but {AnnsId} of org {Org} is configured. A sandbox" },
        { "scope", new() { Scope = "refresh_token id" }, "ServiceConfiguration", "scope api" },
        { "similar scope", new() { Scope = "refresh_token id apis api2" }, "ServiceConfiguration", "scope api" },
        { "no scope", new() { Without = "scope" }, "ServiceConfiguration", "scope api" },
        { "no refresh token", new() { WithoutRefreshToken = true }, "ServiceConfiguration", "scope refresh_token" },
        { "instance", new() { InstanceUrl = new("http://169.254.169.254/") }, "ServiceConfiguration", "names a host that is not allowed" },
        { "no instance", new() { Without = "instance_url" }, "ServiceConfiguration", "does not name the org's host" },
        { "no host", new() { Members = new Dictionary<string, object?> { ["instance_url"] = "acme" } }, "ServiceConfiguration",
            "does not name the org's host" },
        { "no access token", new() { Without = "access_token" }, "ServiceConfiguration", "no access token that this service can use" },
        { "token type", new() { Members = new Dictionary<string, object?> { ["token_type"] = "DPoP" } },
            "ServiceConfiguration", "no access token that this service can use" },
    };

    [Theory, MemberData(nameof(Twists))]
    public async Task Every_check_of_an_answer_has_its_own_advice(string name, TokenTwist twist, string failureClass, string advice)
    {
        FailToken(Failure.Token(twist));
        var verdict = await ExchangeAsync();
        Assert.Contains(advice, Fails(verdict, Enum.Parse<FailureClass>(failureClass), GrantFate.Dead).Advice, StringComparison.Ordinal);
        // The received token (without a refresh token, the access token) is only to be revoked.
        Assert.DoesNotContain(Simulator.Requests(), request => request.Path is OAuthCalls.Introspect or "/services/oauth2/userinfo");
        Assert.True(await OAuth().RevokeAsync(LoginUrl, verdict.RefreshToken!, CancellationToken.None) is null, name);
    }

    [Theory]
    [InlineData("full refresh_token")]
    [InlineData("refresh_token full id")]
    [InlineData("id api refresh_token")]
    public async Task A_scope_that_includes_the_API_is_good(string scope)
    {
        FailToken(Failure.Token(new() { Scope = scope }));
        Assert.Null((await ExchangeAsync()).Failure);
    }

    [Fact]
    public async Task A_user_who_is_somebody_else_is_named()
    {
        Simulator.ChangeUser(User, user => user with { UserId = OtherId });
        Assert.Equal(
            $"Set up the OAuth token again, signed in as the configured user: authorized as {OtherId}, but {AnnsId} is configured.",
            Fails(await ExchangeAsync(username: User), FailureClass.WrongIdentity, GrantFate.Dead).Advice);
    }

    [Theory]
    [InlineData(SandboxOrg, "after correcting Use Sandbox: the sign-in was at a sandbox, but Use Sandbox is set to production org.")]
    [InlineData(Org, "after correcting Use Sandbox or the ids: the sign-in was at a sandbox, but Use Sandbox is set to production org; authorized as ")]
    public async Task A_sign_in_at_the_other_environment_is_told_apart(string configuredOrg, string advice)
    {
        // A My Domain may be of either environment; the id says of which.
        var code = (await SignInAsync(useSandbox: true))["code"];
        var verdict = await OAuth().ExchangeAsync(
            Simulator.Sandbox.GetLeftPart(UriPartial.Authority), new Secret(code), Verifier, new(configuredOrg, AnnsId), useSandbox: false);
        Assert.StartsWith($"Set up the OAuth token again {advice}",
            Fails(verdict, FailureClass.WrongIdentity, GrantFate.Dead).Advice, StringComparison.Ordinal);
        Assert.NotNull(verdict.RefreshToken);
    }

    [Fact]
    public async Task An_answer_and_userinfo_must_agree()
    {
        // The answer names the expected user, the token is Ann's.
        FailToken(Failure.Token(new() { UserId = OtherId }));
        var verdict = await ExchangeAsync(expected: new(Org, OtherId));
        Assert.Contains($"authorized as {AnnsId}, but {OtherId} is configured", Fails(verdict, FailureClass.WrongIdentity, GrantFate.Dead).Advice,
            StringComparison.Ordinal);
        Assert.NotNull(verdict.RefreshToken);
    }

    [Theory]
    [InlineData(403, "Bad_OAuth_Token", "NeedsSetup", "Bad_OAuth_Token")]
    [InlineData(503, "<html/>", "Unavailable", null)]
    [InlineData(429, "", "Throttled", null)]
    [InlineData(200, "{\"user_id\":\"canary\"}", "Unavailable", null)]
    [InlineData(302, "", "ServiceConfiguration", null)]
    public async Task Without_the_word_of_userinfo_a_grant_is_not_taken(int status, string body, string failureClass, string? code)
    {
        Simulator.Fail(Endpoint.UserInfo, Failure.Status(status, body));
        var verdict = await ExchangeAsync();
        Fails(verdict, Enum.Parse<FailureClass>(failureClass), GrantFate.Dead, code);
        Assert.NotNull(verdict.RefreshToken);
    }

    [Fact]
    public async Task A_code_is_good_once_in_time_with_its_verifier()
    {
        var code = new Secret((await SignInAsync())["code"]);
        Fails(await OAuth().ExchangeAsync(LoginUrl, code, new Secret(new string('x', 43)), Ann, useSandbox: false), FailureClass.NeedsSetup, GrantFate.Dead,
            "invalid_grant");
        var used = Fails(await OAuth().ExchangeAsync(LoginUrl, code, Verifier, Ann, useSandbox: false), FailureClass.NeedsSetup, GrantFate.Dead,
            "invalid_grant");
        Assert.Equal("Set up the OAuth token again: the sign-in was not finished in time or was already used.", used.Advice);

        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { CodeSeconds = 0 });
        Fails(await ExchangeAsync(), FailureClass.NeedsSetup, GrantFate.Dead, "invalid_grant");
        Assert.Empty(Simulator.Grants());
    }

    [Fact]
    public async Task A_wrong_app_is_the_operators_matter()
    {
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { ConsumerSecret = "another" });
        Fails(await ExchangeAsync(), FailureClass.ServiceConfiguration, GrantFate.Kept, "invalid_client");
        var options = OAuthOptions();
        options.RedirectUri = new("http://127.0.0.1:5081/oauth/callback");
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => DefaultApps.Demo);
        var code = new Secret((await SignInAsync())["code"]);
        Fails(await OAuth(options).ExchangeAsync(LoginUrl, code, Verifier, Ann, useSandbox: false),
            FailureClass.ServiceConfiguration, GrantFate.Kept, "redirect_uri_mismatch");
    }

    [Fact]
    public async Task Without_an_app_nothing_is_sent_and_nothing_begun()
    {
        var client = OAuth(Options());
        Assert.Throws<InvalidOperationException>(() => client.AuthorizationUrl(useSandbox: false, null, State, Verifier));
        var verdict = await client.ExchangeAsync(LoginUrl, new Secret("aPrx"), Verifier, Ann, useSandbox: false);
        Assert.Contains("Salesforce:ClientId", Fails(verdict, FailureClass.ServiceConfiguration, GrantFate.Kept).Advice, StringComparison.Ordinal);
        Fails(await client.RefreshAsync(LoginUrl, AnyToken, Ann, Lifetime), FailureClass.ServiceConfiguration, GrantFate.Kept);
        Assert.IsType<Introspection.Unclear>(await client.IntrospectAsync(LoginUrl, AnyToken));
        Assert.Empty(Simulator.Requests());
    }

    [Fact]
    public async Task A_code_goes_to_allowed_hosts_only_and_follows_no_redirect()
    {
        using var inside = Listen();
        var elsewhere = await OAuth().ExchangeAsync(UrlOf(inside).ToString(), new Secret("aPrx"), Verifier, Ann, useSandbox: false);
        Fails(elsewhere, FailureClass.ServiceConfiguration, GrantFate.Kept);
        foreach (var status in new[] { 301, 302, 307, 308 })
        {
            FailToken(Failure.Redirect(status, UrlOf(inside)));
            Fails(await ExchangeAsync(), FailureClass.ServiceConfiguration, GrantFate.Unknown);
        }
        Assert.False(inside.Pending());
    }

    [Fact]
    public async Task A_code_whose_answer_is_lost_is_of_unknown_outcome_and_sent_once()
    {
        foreach (var failure in new[] { Failure.ResetAfterProcessing(), Failure.ResetBeforeProcessing(), Failure.Truncated(), Failure.Html(502) })
        {
            FailToken(failure);
            Assert.Contains("start the setup again",
                Fails(await ExchangeAsync(), FailureClass.OutcomeUnknown, GrantFate.Unknown).Advice, StringComparison.Ordinal);
        }
        // Two of the four were processed, and their tokens are lost.
        Assert.Equal(2, Simulator.Grants().Count);
    }

    [Fact]
    public async Task A_claim_that_is_too_old_sends_no_code()
    {
        var code = new Secret((await SignInAsync())["code"]);
        var verdict = await OAuth().ExchangeAsync(LoginUrl, code, Verifier, Ann, useSandbox: false, maySend: () => false).WaitAsync(Waiting.Long);
        Fails(verdict, FailureClass.Unavailable, GrantFate.Kept);
        Assert.Equal(0, TokenCalls());
        Assert.Null((await OAuth().ExchangeAsync(LoginUrl, code, Verifier, Ann, useSandbox: false, maySend: () => true)).Failure);
    }
}
