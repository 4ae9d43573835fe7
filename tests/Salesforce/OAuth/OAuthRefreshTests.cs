using System.Net.Sockets;
using System.Text;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Salesforce.OAuth;

public sealed class OAuthRefreshTests : OAuthClientTest
{
    public static TheoryData<string> DeliveryNames => Deliveries.Names;

    [Fact]
    public async Task A_refresh_yields_another_session_and_keeps_the_token()
    {
        var (old, token) = await GrantAsync();
        Simulator.ChangeUser(AnnsName, user => user with { InstanceUrl = Simulator.Sandbox, SessionSecondsValid = 900 });
        var verdict = await RefreshAsync(token);

        Assert.Equal((null, null, GrantFate.Kept), (verdict.Failure, verdict.RefreshToken, verdict.Fate));
        Assert.NotEqual(old.AccessToken, verdict.Session!.AccessToken);
        Assert.Equal((Ann, LoginUrl), (verdict.Session.Identity, verdict.Session.LoginUrl));
        Assert.Equal(Simulator.Sandbox.GetLeftPart(UriPartial.Authority), verdict.Session.InstanceUrl);
        // As long as sessions of this grant live: until the answer is stored nothing else is asked.
        Assert.InRange(verdict.Session.ExpectedExpireTime, DateTimeOffset.UtcNow.AddMinutes(14), DateTimeOffset.UtcNow.AddMinutes(15));
        Assert.Null((await RefreshAsync(token)).Failure);
    }

    [Fact]
    public async Task Rotation_gives_a_new_token_and_ends_the_grant_of_who_presents_the_old_one()
    {
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true });
        var (_, first) = await GrantAsync();
        var second = (await RefreshAsync(first)).RefreshToken!;
        Assert.NotEqual(first, second);
        var third = await RefreshAsync(second);
        Assert.Null(third.Failure);

        Fails(await RefreshAsync(first), FailureClass.NeedsSetup, GrantFate.Dead, "invalid_grant");
        Fails(await RefreshAsync(third.RefreshToken!), FailureClass.NeedsSetup, GrantFate.Dead, "invalid_grant");
    }

    [Fact]
    public async Task A_revoked_grant_needs_setup()
    {
        var (_, token) = await GrantAsync();
        Simulator.RevokeGrant(1);
        var failure = Fails(await RefreshAsync(token), FailureClass.NeedsSetup, GrantFate.Dead, "invalid_grant");
        Assert.StartsWith("Set up the OAuth token again: Salesforce no longer accepts it.", failure.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_of_somebody_else_is_not_used_and_a_token_that_came_with_it_is_told(bool rotates)
    {
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = rotates });
        var (_, token) = await GrantAsync();
        FailToken(Failure.Token(new() { UserId = OtherId }));
        var verdict = await RefreshAsync(token);
        Assert.Contains($"authorized as {OtherId}, but {AnnsId} is configured", Fails(verdict, FailureClass.WrongIdentity, GrantFate.Dead).Advice,
            StringComparison.Ordinal);
        Assert.Equal(rotates, verdict.RefreshToken is not null);
    }

    public static TheoryData<string, TokenTwist> UselessAnswers => new()
    {
        { "bad signature", new() { BadSignature = true } },
        { "no signature", new() { Without = "signature" } },
        { "no time", new() { Without = "issued_at" } },
        { "no id", new() { Without = "id" } },
        { "a stranger's id that nobody signed", new() { UserId = OtherId, BadSignature = true } },
        { "odd id", new() { UserId = "00e2w000003A5qrAAC" } },
        { "no access token", new() { Without = "access_token" } },
        { "access token of two words", new() { Members = new Dictionary<string, object?> { ["access_token"] = "two words" } } },
        { "numeric token type", new() { Members = new Dictionary<string, object?> { ["token_type"] = 7 } } },
        { "other token type", new() { Members = new Dictionary<string, object?> { ["token_type"] = "mac" } } },
        { "scope without api", new() { Scope = "refresh_token id" } },
        { "no instance", new() { Without = "instance_url" } },
        { "instance elsewhere", new() { InstanceUrl = new("http://169.254.169.254/") } },
        { "instance that is no URL", new() { Members = new Dictionary<string, object?> { ["instance_url"] = "acme" } } },
        { "instance that is no text", new() { Members = new Dictionary<string, object?> { ["instance_url"] = 7 } } },
    };

    [Theory, MemberData(nameof(UselessAnswers))]
    public async Task An_answer_of_no_use_costs_no_token_and_another_that_came_is_the_next(string name, TokenTwist twist)
    {
        foreach (var rotates in new[] { false, true })
        {
            Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = rotates });
            var (_, token) = await GrantAsync();
            FailToken(Failure.Token(twist));
            var verdict = await RefreshAsync(token);
            // Without any token it is no answer of the token endpoint.
            if (!rotates && name.Contains("access token", StringComparison.Ordinal))
            {
                Fails(verdict, FailureClass.OutcomeUnknown, GrantFate.Unknown);
                continue;
            }
            Assert.Contains("The grant is kept", Fails(verdict, FailureClass.ServiceConfiguration, GrantFate.Kept).Advice, StringComparison.Ordinal);
            Assert.Equal(rotates, verdict.RefreshToken is not null);
            Assert.Null((await RefreshAsync(verdict.RefreshToken ?? token)).Failure);
        }
    }

    [Fact]
    public async Task What_does_not_matter_about_an_answer_costs_nothing()
    {
        var (_, token) = await GrantAsync();
        foreach (var twist in new[]
        {
            new TokenTwist { NumericTime = true }, new() { Without = "scope" }, new() { Without = "token_type" },
            new() { Members = new Dictionary<string, object?> { ["token_type"] = "bearer", ["new"] = new[] { 1 } } },
        })
        {
            FailToken(Failure.Token(twist));
            Assert.Null((await RefreshAsync(token)).Failure);
        }
    }

    [Fact]
    public async Task A_token_that_comes_back_unchanged_is_no_new_one()
    {
        FailToken(Json(new { access_token = "a", refresh_token = AnyToken.Reveal() }));
        var verdict = await RefreshAsync(AnyToken);
        Fails(verdict, FailureClass.ServiceConfiguration, GrantFate.Kept);
        Assert.Null(verdict.RefreshToken);
    }

    [Theory]
    [InlineData(200, "5Aep861new")]
    [InlineData(201, "5Aep861 n\u00e9w")]
    public async Task A_new_token_without_anything_else_is_the_next(int status, string next)
    {
        FailToken(Failure.Status(status, System.Text.Json.JsonSerializer.Serialize(new { refresh_token = next }), "application/json"));
        var verdict = await RefreshAsync(AnyToken);
        Fails(verdict, FailureClass.ServiceConfiguration, GrantFate.Kept);
        Assert.Equal(next, verdict.RefreshToken!.Reveal());
    }

    [Fact]
    public async Task A_name_that_is_no_text_hides_no_token()
    {
        FailToken(Failure.Status(200, """{"refresh_token":"5Aep861new","\ud800aaaaaaaaaaaaaaaaaaaaaaaa":1}""", "application/json"));
        var verdict = await RefreshAsync(AnyToken);
        Fails(verdict, FailureClass.ServiceConfiguration, GrantFate.Kept);
        Assert.Equal("5Aep861new", verdict.RefreshToken!.Reveal());
    }

    [Theory]
    [InlineData("inactive", "NeedsSetup", GrantFateName.Dead)]
    [InlineData("ip", "NotPermitted", GrantFateName.Kept)]
    [InlineData("hours", "NotPermitted", GrantFateName.Kept)]
    public async Task What_a_user_may_not_is_told_from_a_dead_token(string what, string failureClass, string fate)
    {
        var (_, token) = await GrantAsync();
        Simulator.ChangeUser(AnnsName, user => user with { Inactive = what == "inactive", RestrictedIp = what == "ip", RestrictedTime = what == "hours" });
        Fails(await RefreshAsync(token), Enum.Parse<FailureClass>(failureClass), Enum.Parse<GrantFate>(fate), "invalid_grant");
    }

    [Fact]
    public async Task An_app_that_is_not_installed_is_the_admins_matter()
    {
        var (_, token) = await GrantAsync();
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { NotInstalled = true });
        var failure = Fails(await RefreshAsync(token), FailureClass.NotPermitted, GrantFate.Kept, "invalid_client");
        Assert.Contains("Approve Uninstalled Connected Apps", failure.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429, "", "Throttled", GrantFateName.Kept, null)]
    [InlineData(429, "<html/>", "Throttled", GrantFateName.Kept, null)]
    [InlineData(429, "{\"error\":\"invalid_grant\",\"error_description\":\"expired access/refresh token\"}", "Throttled", GrantFateName.Kept, "invalid_grant")]
    [InlineData(420, "{\"error\":\"slow_down\"}", "Throttled", GrantFateName.Kept, "slow_down")]
    [InlineData(420, "<html/>", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(401, "{\"error\":\"invalid_client\"}", "ServiceConfiguration", GrantFateName.Kept, "invalid_client")]
    [InlineData(403, "{\"error\":\"invalid_grant\",\"error_description\":\"expired access/refresh token\"}", "NeedsSetup", GrantFateName.Dead, "invalid_grant")]
    [InlineData(400, "<html>invalid_grant expired access/refresh token</html>", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(400, "error=invalid_grant&error_description=expired+access/refresh+token", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(400, "[{\"error\":\"invalid_grant\"}]", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(400, "{\"error\":\"\"}", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(400, "{\"error\":7}", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(400, "{\"error\":\"\\ud800\"}", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(400, "", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(406, "", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(403, "Bad_OAuth_Token", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(404, "<html/>", "ServiceConfiguration", GrantFateName.Unknown, null)]
    [InlineData(302, "", "ServiceConfiguration", GrantFateName.Unknown, null)]
    [InlineData(500, "{\"error\":\"invalid_grant\",\"error_description\":\"expired access/refresh token\"}", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(502, "<html/>", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(503, "{\"error\":\"service_unavailable\"}", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(200, "<html>maintenance</html>", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(200, "{\"error\":\"invalid_grant\",\"error_description\":\"expired access/refresh token\"}", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(200, "{\"access_token\":\"two words\"}", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(200, "{\"access_token\":7}", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(200, "{\"access_token\":\"a\"", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(200, "[]", "OutcomeUnknown", GrantFateName.Unknown, null)]
    [InlineData(200, "", "OutcomeUnknown", GrantFateName.Unknown, null)]
    public async Task Only_a_clear_answer_says_what_became_of_the_token(int status, string body, string failureClass, string fate, string? code)
    {
        FailToken(Failure.Status(status, body, "application/json"));
        Fails(await RefreshAsync(AnyToken), Enum.Parse<FailureClass>(failureClass), Enum.Parse<GrantFate>(fate), code);
        Assert.Equal(1, TokenCalls());
    }

    [Theory, MemberData(nameof(DeliveryNames))]
    public async Task After_the_first_byte_no_whole_answer_leaves_the_outcome_open(string delivery)
    {
        var (_, token) = await GrantAsync();
        FailToken(Deliveries.Of(delivery));
        Fails(await RefreshAsync(token, limits: Deliveries.Short), FailureClass.OutcomeUnknown, GrantFate.Unknown);
        Assert.Single(Simulator.FindRefreshToken(token.Reveal())!.Presentations);
    }

    [Fact]
    public async Task A_connection_that_ends_without_a_word_is_not_tried_again()
    {
        using var listener = Listen();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            var read = "";
            for (var buffer = new byte[4096]; !read.EndsWith(DefaultApps.Demo.ConsumerSecret, StringComparison.Ordinal);)
                read += Encoding.UTF8.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer));
        });
        var options = OAuthOptions();
        options.AllowedHosts = [UrlOf(listener)];
        var verdict = await OAuth(options).RefreshAsync(UrlOf(listener).ToString(), AnyToken, Ann, Lifetime).WaitAsync(Waiting.Long);
        Fails(verdict, FailureClass.OutcomeUnknown, GrantFate.Unknown);
        await serving.WaitAsync(Waiting.Long);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task What_was_not_sent_keeps_the_token()
    {
        var listener = Listen();
        var url = UrlOf(listener);
        var options = OAuthOptions();
        options.AllowedHosts = [url];
        Fails(await OAuth().RefreshAsync(url.ToString(), AnyToken, Ann, Lifetime), FailureClass.ServiceConfiguration, GrantFate.Kept);
        Assert.False(listener.Pending());
        listener.Stop();
        Fails(await OAuth(options).RefreshAsync(url.ToString(), AnyToken, Ann, Lifetime), FailureClass.Unavailable, GrantFate.Kept);
        Fails(await OAuth().RefreshAsync(LoginUrl, AnyToken, Ann, Lifetime, maySend: () => false), FailureClass.Unavailable, GrantFate.Kept);
        Assert.Equal(0, TokenCalls());
    }

    [Fact]
    public async Task Right_before_the_first_byte_the_connection_stands()
    {
        using var listener = Listen();
        var options = OAuthOptions();
        options.AllowedHosts = [UrlOf(listener)];
        TcpClient? accepted = null;
        await OAuth(options).RefreshAsync(UrlOf(listener).ToString(), AnyToken, Ann, Lifetime, maySend: () =>
        {
            accepted = listener.AcceptTcpClient();
            Assert.Equal(0, accepted.Available);
            return false;
        }).WaitAsync(Waiting.Long);
        using (accepted)
            Assert.Equal(0, await accepted!.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_redirect_is_not_followed_even_to_an_allowed_host()
    {
        foreach (var status in new[] { 302, 307 })
        {
            FailToken(Failure.Redirect(status, new Uri(Simulator.Sandbox, OAuthCalls.Token)));
            Fails(await RefreshAsync(AnyToken), FailureClass.ServiceConfiguration, GrantFate.Unknown);
        }
        Assert.Empty(Simulator.Requests(Personality.Sandbox));
    }

    [Fact]
    public async Task Calls_are_counted_and_logged_with_facts_only()
    {
        using var calls = new MetricCollector<long>(Meters, ServiceMetrics.MeterName, "grpccreds.salesforce.oauth_calls");
        var (_, token) = await GrantAsync();
        FailToken(Failure.OAuth("look at canary", "canary"));
        await RefreshAsync(token);
        FailToken(Failure.OAuth("invalid_client", "canary"));
        await RefreshAsync(token);
        Assert.Equal(
            [("api", "accepted"), ("exchange", "accepted"), ("introspect", "accepted"),
                ("refresh", "NotPermitted"), ("refresh", "ServiceConfiguration"), ("userinfo", "accepted")],
            calls.GetMeasurementSnapshot().Select(point => ((string)point.Tags["call"]!, (string)point.Tags["outcome"]!)).Order());
        Assert.Contains(Logged(), line => line.StartsWith(
            $"Salesforce OAuth refresh at {Simulator.Production.Authority}: failure ServiceConfiguration invalid_client, ", StringComparison.Ordinal));
    }

    private static class GrantFateName
    {
        public const string Kept = nameof(GrantFate.Kept);
        public const string Dead = nameof(GrantFate.Dead);
        public const string Unknown = nameof(GrantFate.Unknown);
    }
}
