using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Tenants.Model;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Salesforce.Rest;

public sealed class SessionCheckTests : SalesforceTest
{
    private static readonly string[] AllChecks = ["LOGIN", "IDENTITY", "API", "API_VERSION"];

    [Fact]
    public async Task A_session_lives_until_Salesforce_ends_it()
    {
        var session = await SessionAsync();
        Assert.Equal(new SessionCheck(Liveness.Alive, null), await CheckAsync(session));
        Assert.Equal("/services/data/v64.0", Simulator.Requests()[^1].Path);

        Simulator.EndSessions(User);
        var check = await CheckAsync(session);
        Assert.Equal((Liveness.Dead, FailureClass.Unavailable, "INVALID_SESSION_ID"), (check.Liveness, check.Failure!.Class, check.Failure.SalesforceCode));
    }

    [Theory]
    [InlineData(401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API", Liveness.Alive, "NotPermitted")]
    [InlineData(401, "INVALID_SESSION_ID", "This session is not valid for use with the API", Liveness.Alive, "NotPermitted")]
    [InlineData(401, "INVALID_SESSION_ID", "Session expired or invalid", Liveness.Dead, "Unavailable")]
    [InlineData(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE", Liveness.Unclear, "ServiceConfiguration")]
    [InlineData(401, "URL_NOT_RESET", "Destination URL not reset", Liveness.HostLost, "ServiceConfiguration")]
    [InlineData(404, "URL_NOT_RESET", "Destination URL not reset", Liveness.HostLost, "ServiceConfiguration")]
    [InlineData(403, "API_DISABLED_FOR_ORG", "no", Liveness.Alive, "NotPermitted")]
    [InlineData(403, "API_CURRENTLY_DISABLED", "no", Liveness.Alive, "NotPermitted")]
    [InlineData(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", Liveness.Alive, "Throttled")]
    [InlineData(403, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "no", Liveness.Unclear, "NotPermitted")]
    [InlineData(403, "INVALID_LOGIN", "no", Liveness.Unclear, "NotPermitted")]
    [InlineData(403, "PASSWORD_LOCKOUT", "no", Liveness.Unclear, "NotPermitted")]
    [InlineData(403, "SOMETHING_NEW", "no", Liveness.Unclear, "NotPermitted")]
    [InlineData(404, "NOT_FOUND", "no", Liveness.Unclear, "ServiceConfiguration")]
    [InlineData(410, "UNSUPPORTED_API_VERSION", "no", Liveness.Unclear, "ServiceConfiguration")]
    [InlineData(429, "REQUEST_LIMIT_EXCEEDED", "no", Liveness.Unclear, "Throttled")]
    [InlineData(500, "UNKNOWN_EXCEPTION", "no", Liveness.Unclear, "Unavailable")]
    [InlineData(503, "SERVER_UNAVAILABLE", "no", Liveness.Unclear, "Unavailable")]
    public async Task Every_answer_says_something_about_the_session(int status, string code, string message, object liveness, string failureClass)
    {
        var session = await SessionAsync();
        Simulator.Fail(Endpoint.Data, Failure.Rest(status, code, message + ", canary"));
        var check = await CheckAsync(session);
        Assert.Equal(((Liveness)liveness, failureClass, code), (check.Liveness, check.Failure!.Class.ToString(), check.Failure.SalesforceCode));
        Assert.DoesNotContain("canary", check.Failure.Advice, StringComparison.Ordinal);
        Assert.Equal(status is 404 or 410 && code != "URL_NOT_RESET", check.VersionRefused);
    }

    [Theory]
    [InlineData(200, "<html>maintenance</html>", "Unavailable")]
    [InlineData(200, "[]", "Unavailable")]
    [InlineData(200, "{", "Unavailable")]
    [InlineData(200, "", "Unavailable")]
    [InlineData(200, "[{\"errorCode\":7}]", "Unavailable")]
    [InlineData(401, "Bad_OAuth_Token", "Unavailable")]
    [InlineData(403, "[{\"errorCode\":\"look at canary\"}]", "NotPermitted")]
    [InlineData(404, "<html>URL No Longer Exists</html>", "ServiceConfiguration")]
    [InlineData(420, "<html/>", "Throttled")]
    [InlineData(429, "", "Throttled")]
    [InlineData(500, "<html/>", "Unavailable")]
    [InlineData(502, "", "Unavailable")]
    [InlineData(503, "<html/>", "Unavailable")]
    public async Task A_page_says_nothing_about_the_session(int status, string body, string failureClass)
    {
        var session = await SessionAsync();
        Simulator.Fail(Endpoint.Data, Failure.Status(status, body));
        var check = await CheckAsync(session);
        // A host that is busy or answers as the API does is there; anything else may be another party's host.
        var there = status is 403 or 420 or 429;
        Assert.Equal((there ? Liveness.Unclear : Liveness.HostLost, failureClass, null),
            (check.Liveness, check.Failure!.Class.ToString(), check.Failure.SalesforceCode));
    }

    [Fact]
    public async Task Access_is_a_login_and_a_use_of_the_API()
    {
        var verdict = await Client().CheckAccessAsync(Credential);
        Assert.Null(verdict.Failure);
        Assert.Equal(Assert.Single(Simulator.Sessions()).Id, verdict.Session!.AccessToken.Reveal());
        Assert.Equal(AllChecks.Select(name => (name, Outcome.Succeeded)), verdict.Checks.Take(AllChecks.Length).Select(check => (check.Name, check.Outcome)));
    }

    [Theory]
    [InlineData(403, "API_DISABLED_FOR_ORG", "NotPermitted", 3)]
    [InlineData(403, "REQUEST_LIMIT_EXCEEDED", "Throttled", 3)]
    [InlineData(401, "INVALID_SESSION_ID", "NotPermitted", 3)]
    [InlineData(404, "NOT_FOUND", "ServiceConfiguration", 4)]
    [InlineData(410, "UNSUPPORTED_API_VERSION", "ServiceConfiguration", 4)]
    public async Task The_checks_end_with_the_one_that_failed(int status, string code, string failureClass, int made)
    {
        Simulator.Fail(Endpoint.Data, Failure.Rest(status, code, "no"));
        var verdict = await Client().CheckAccessAsync(Credential);
        Fails(verdict, Enum.Parse<FailureClass>(failureClass), code);
        Assert.Equal(AllChecks[..made], verdict.Checks.Select(check => check.Name));
        Assert.All(verdict.Checks.SkipLast(1), check => Assert.Equal(Outcome.Succeeded, check.Outcome));
    }

    [Fact]
    public async Task The_API_is_not_tried_with_a_login_that_failed()
    {
        Assert.Equal(["LOGIN"], (await Client().CheckAccessAsync(Credential with { Password = new Secret("wrong") })).Checks.Select(check => check.Name));
        var stranger = await Client().CheckAccessAsync(Credential, new("00Dxx0000001gPLEAY", "005x00000012Q9PAAU"));
        Assert.Equal(["LOGIN", "IDENTITY"], stranger.Checks.Select(check => check.Name));
        Assert.DoesNotContain(Simulator.Requests(), request => request.Method == "GET");
    }

    private Task<SessionCheck> CheckAsync(SalesforceSession session) => Client().CheckSessionAsync(session, CancellationToken.None);
}
