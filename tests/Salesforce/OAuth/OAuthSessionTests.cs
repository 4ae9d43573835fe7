using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Tests.Support;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Salesforce.OAuth;

public sealed class OAuthSessionTests : OAuthClientTest
{
    private static readonly string[] AllChecks = ["LOGIN", "IDENTITY", "API", "API_VERSION"];

    public static TheoryData<string> DeliveryNames => Deliveries.Names;

    [Fact]
    public async Task A_session_lives_until_it_expires()
    {
        var (session, _) = await GrantAsync();
        Assert.Equal(new SessionCheck(Liveness.Alive, null), await OAuth().CheckSessionAsync(session));
        Simulator.ExpireAccessTokens(1);
        var check = await OAuth().CheckSessionAsync(session);
        Assert.Equal((Liveness.Dead, FailureClass.Unavailable, "Bad_OAuth_Token"), (check.Liveness, check.Failure!.Class, check.Failure.SalesforceCode));
    }

    [Fact]
    public async Task A_session_of_somebody_else_is_recognised()
    {
        var (session, _) = await GrantAsync();
        foreach (var (identity, advice) in new[]
        {
            (new SalesforceIdentity(Org, OtherId), $"authorized as {AnnsId}, but {OtherId} is configured."),
            (new SalesforceIdentity(SandboxOrg, AnnsId), $"authorized as {AnnsId} of org {Org}, but {AnnsId} of org {SandboxOrg} is configured."),
        })
        {
            var check = await OAuth().CheckSessionAsync(session with { Identity = identity });
            Assert.Equal((Liveness.Alive, FailureClass.WrongIdentity), (check.Liveness, check.Failure!.Class));
            Assert.Contains(advice, check.Failure.Advice, StringComparison.Ordinal);
            IsOurs(check.Failure);
        }
    }

    [Theory]
    [InlineData(200, "{\"organization_id\":\"00Dxx0000001gPL\",\"user_id\":\"005600000045vWe\"}", "Alive", null)]
    [InlineData(200, "{\"organization_id\":\"00Dxx0000001gPL\",\"user_id\":\"005600000045vwe\"}", "Alive", "WrongIdentity")]
    [InlineData(200, "{\"organization_id\":\"canary\",\"user_id\":\"canary\"}", "HostLost", "Unavailable")]
    [InlineData(200, "{}", "HostLost", "Unavailable")]
    [InlineData(200, "<html/>", "HostLost", "Unavailable")]
    [InlineData(200, "", "HostLost", "Unavailable")]
    [InlineData(403, "Bad_OAuth_Token\n", "Dead", "Unavailable")]
    [InlineData(401, "Bad_OAuth_Token", "Dead", "Unavailable")]
    [InlineData(401, "[{\"errorCode\":\"INVALID_SESSION_ID\",\"message\":\"Session expired or invalid\"}]", "Dead", "Unavailable")]
    [InlineData(401, "[{\"errorCode\":\"INVALID_SESSION_ID\",\"message\":\"This session is not valid for use with the API\"}]", "Alive", "NotPermitted")]
    [InlineData(403, "Missing_OAuth_Token", "HostLost", "Unavailable")]
    [InlineData(403, "<html>Bad_OAuth_Token</html>", "HostLost", "Unavailable")]
    [InlineData(404, "Bad_Id", "HostLost", "ServiceConfiguration")]
    [InlineData(404, "[{\"errorCode\":\"NOT_FOUND\"}]", "HostLost", "ServiceConfiguration")]
    [InlineData(302, "", "HostLost", "ServiceConfiguration")]
    [InlineData(420, "<html/>", "Unclear", "Throttled")]
    [InlineData(429, "", "Unclear", "Throttled")]
    [InlineData(500, "Bad_OAuth_Token", "HostLost", "Unavailable")]
    [InlineData(503, "<html/>", "HostLost", "Unavailable")]
    public async Task Every_answer_of_userinfo_says_something_about_the_session(int status, string body, string liveness, string? failureClass)
    {
        Simulator.Fail(Endpoint.UserInfo, Failure.Status(status, body));
        var check = await OAuth().CheckSessionAsync(Session());
        Assert.Equal((liveness, failureClass), (check.Liveness.ToString(), check.Failure?.Class.ToString()));
        Assert.False(check.VersionRefused);
        if (check.Failure is { } failure)
            IsOurs(failure);
    }

    [Theory, MemberData(nameof(DeliveryNames))]
    public async Task A_check_of_a_session_ends_and_says_nothing_about_it(string delivery)
    {
        var (session, _) = await GrantAsync();
        Simulator.Fail(Endpoint.UserInfo, Deliveries.Of(delivery));
        var check = await OAuth(limits: Deliveries.Short).CheckSessionAsync(session).WaitAsync(Waiting.Long);
        Assert.Equal((Liveness.HostLost, FailureClass.Unavailable), (check.Liveness, check.Failure!.Class));
    }

    [Fact]
    public async Task A_session_goes_to_allowed_hosts_only()
    {
        using var inside = Listen();
        var check = await OAuth().CheckSessionAsync(Session() with { InstanceUrl = UrlOf(inside).ToString() });
        Assert.Equal((Liveness.HostLost, FailureClass.ServiceConfiguration), (check.Liveness, check.Failure!.Class));
        Assert.False(inside.Pending());
    }

    [Fact]
    public async Task Access_is_a_token_an_identity_and_a_use_of_the_API()
    {
        var (session, _) = await GrantAsync();
        var (verdict, liveness) = await OAuth().CheckAccessAsync(session, useSandbox: false);
        Assert.Equal((session, null, Liveness.Alive), (verdict.Session, verdict.Failure, liveness));
        Assert.Equal(AllChecks.Select(name => (name, Outcome.Succeeded)), verdict.Checks.Take(AllChecks.Length).Select(check => (check.Name, check.Outcome)));
        Assert.Contains(AnnsId, verdict.Checks[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_checks_end_with_the_one_that_failed()
    {
        var (session, _) = await GrantAsync();
        async Task FailsAsync(SalesforceSession tested, int made, Liveness expected, FailureClass failureClass, string? code)
        {
            var (verdict, liveness) = await OAuth().CheckAccessAsync(tested, useSandbox: false);
            Fails(verdict, failureClass, code);
            Assert.Equal(expected, liveness);
            Assert.Equal(AllChecks[..made], verdict.Checks.Select(check => check.Name));
            Assert.All(verdict.Checks.SkipLast(1), check => Assert.Equal(Outcome.Succeeded, check.Outcome));
        }

        await FailsAsync(session with { Identity = new(Org, OtherId) }, 2, Liveness.Alive, FailureClass.WrongIdentity, null);
        Simulator.Fail(Endpoint.UserInfo, Failure.Html(503));
        await FailsAsync(session, 1, Liveness.HostLost, FailureClass.Unavailable, null);
        // None but that of the exchange.
        Assert.Single(Simulator.Requests(), request => request.Path == "/services/data/v64.0");
        Simulator.Fail(Endpoint.Data, Failure.Rest(403, "API_DISABLED_FOR_ORG", "no"));
        await FailsAsync(session, 3, Liveness.Alive, FailureClass.NotPermitted, "API_DISABLED_FOR_ORG");
        Simulator.Fail(Endpoint.Data, Failure.Rest(401, "INVALID_SESSION_ID", "Session expired or invalid"));
        await FailsAsync(session, 3, Liveness.Dead, FailureClass.Unavailable, "INVALID_SESSION_ID");
        Simulator.Fail(Endpoint.Data, Failure.Rest(404, "NOT_FOUND", "no"));
        await FailsAsync(session, 4, Liveness.Unclear, FailureClass.ServiceConfiguration, "NOT_FOUND");
        Simulator.ExpireAccessTokens(1);
        await FailsAsync(session, 1, Liveness.Dead, FailureClass.Unavailable, "Bad_OAuth_Token");
    }

    [Fact]
    public async Task Introspection_tells_a_living_token_from_a_dead_one_and_changes_neither()
    {
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true });
        var (_, token) = await GrantAsync();
        Assert.Null(Assert.IsType<Introspection.Active>(await OAuth().IntrospectAsync(LoginUrl, token)).ExpireTime);
        var newer = (await RefreshAsync(token)).RefreshToken!;
        Assert.Equal(new Introspection.Inactive(), await OAuth().IntrospectAsync(LoginUrl, token));
        Assert.Null(Assert.IsType<Introspection.Active>(await OAuth().IntrospectAsync(LoginUrl, newer)).ExpireTime);
        Assert.Null((await RefreshAsync(newer)).Failure);
        Simulator.RevokeGrant(1);
        Assert.Equal(new Introspection.Inactive(), await OAuth().IntrospectAsync(LoginUrl, newer));
        Assert.Equal(new Introspection.Inactive(), await OAuth().IntrospectAsync(LoginUrl, AnyToken));
    }

    [Theory]
    [InlineData(200, "{\"active\":\"true\"}", "Unavailable")]
    [InlineData(200, "{\"active\":null}", "Unavailable")]
    [InlineData(200, "{}", "Unavailable")]
    [InlineData(200, "[]", "Unavailable")]
    [InlineData(200, "<html>{\"active\":false}</html>", "Unavailable")]
    [InlineData(400, "{\"active\":false}", "Unavailable")]
    [InlineData(400, "{\"error\":\"invalid_client_id\",\"error_description\":\"canary\"}", "ServiceConfiguration")]
    [InlineData(400, "{\"error\":\"invalid_grant\",\"error_description\":\"expired access/refresh token\"}", "NotPermitted")]
    [InlineData(302, "", "ServiceConfiguration")]
    [InlineData(429, "", "Throttled")]
    [InlineData(500, "{\"active\":false}", "Unavailable")]
    [InlineData(503, "<html/>", "Unavailable")]
    public async Task Anything_else_is_no_word_about_the_token(int status, string body, string failureClass)
    {
        Simulator.Fail(Endpoint.Introspect, Failure.Status(status, body));
        var failure = Assert.IsType<Introspection.Unclear>(await OAuth().IntrospectAsync(LoginUrl, AnyToken)).Failure;
        Assert.Equal(failureClass, failure.Class.ToString());
        IsOurs(failure);
    }

    [Theory, MemberData(nameof(DeliveryNames))]
    public async Task An_introspection_ends_and_says_nothing(string delivery)
    {
        var (_, token) = await GrantAsync();
        Simulator.Fail(Endpoint.Introspect, Deliveries.Of(delivery));
        Assert.IsType<Introspection.Unclear>(await OAuth(limits: Deliveries.Short).IntrospectAsync(LoginUrl, token).WaitAsync(Waiting.Long));
        Assert.Single(Simulator.FindRefreshToken(token.Reveal())!.Presentations);
    }

    [Fact]
    public async Task A_revoked_token_is_gone_and_gone_again_with_and_without_an_app()
    {
        var (session, token) = await GrantAsync();
        Assert.Null(await OAuth(Options()).RevokeAsync(LoginUrl, token, CancellationToken.None));
        Assert.NotNull(Assert.Single(Simulator.Grants()).EndTime);
        Assert.Equal(Liveness.Dead, (await OAuth().CheckSessionAsync(session)).Liveness);
        Assert.Null(await OAuth().RevokeAsync(LoginUrl, token, CancellationToken.None));
    }

    [Theory]
    [InlineData(200, "", null, null)]
    [InlineData(200, "<html/>", null, null)]
    [InlineData(400, "error=invalid_token&error_description=invalid+token", null, null)]
    [InlineData(400, "{\"error\":\"invalid_token\",\"error_description\":\"canary\"}", null, null)]
    [InlineData(400, "error=unsupported_token_type&error_description=canary", "ServiceConfiguration", "unsupported_token_type")]
    [InlineData(400, "error=brand_new_word", "NotPermitted", "brand_new_word")]
    [InlineData(400, "<a href='?error=invalid_token&error=invalid_token'>", "Unavailable", null)]
    [InlineData(400, "", "Unavailable", null)]
    [InlineData(500, "error=invalid_token", "Unavailable", null)]
    [InlineData(503, "", "Unavailable", null)]
    [InlineData(429, "", "Throttled", null)]
    [InlineData(307, "", "ServiceConfiguration", null)]
    [InlineData(204, "", "Unavailable", null)]
    public async Task Only_a_clear_answer_says_that_a_token_is_gone(int status, string body, string? failureClass, string? code)
    {
        Simulator.Fail(Endpoint.Revoke, Failure.Status(status, body));
        var failure = await OAuth().RevokeAsync(LoginUrl, AnyToken, CancellationToken.None);
        Assert.Equal((failureClass, code), (failure?.Class.ToString(), failure?.SalesforceCode));
        if (failure is not null)
            IsOurs(failure);
    }

    [Fact]
    public async Task Who_gives_up_a_revocation_learns_that_the_token_may_live()
    {
        using var hold = Simulator.Hold(Endpoint.Revoke);
        using var giveUp = new CancellationTokenSource();
        var revocation = OAuth().RevokeAsync(LoginUrl, AnyToken, giveUp.Token);
        await hold.WaitAsync().WaitAsync(Waiting.Long);
        await giveUp.CancelAsync();
        Assert.Equal(FailureClass.Unavailable, (await revocation.WaitAsync(Waiting.Long))!.Class);
    }

    private SalesforceSession Session() => new()
    {
        AccessToken = new Secret("00Dxx0000001gPL!canary"),
        InstanceUrl = LoginUrl,
        Identity = Ann,
        LoginUrl = LoginUrl,
        ExpectedExpireTime = DateTimeOffset.MaxValue,
    };
}
