using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Rollout;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>No result of a test or a check stops a grant's renewal: only the token endpoint and introspection end a grant.</summary>
public sealed class GrantDiagnosticsTests : OAuthServiceTest
{
    private static readonly TestAccessRequest Test = new() { TenantId = "acme", Mode = Mode.Oauth };

    public static TheoryData<string> Findings =>
    [
        "api: 403 INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "api: 403 INVALID_LOGIN", "api: 403 PASSWORD_LOCKOUT", "api: 403 LOGIN_MUST_USE_SECURITY_TOKEN",
        "api: 403 INACTIVE_OWNER_OR_USER", "api: 403 UNKNOWN_EXCEPTION", "api: 403 NEW_CODE", "api: 401 policy", "api: html", "api: 404 NOT_FOUND",
        "userinfo: 403 INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "userinfo: 403 INVALID_LOGIN",
        "userinfo: 401 policy", "userinfo: 403 word", "userinfo: other user",
    ];

    [Theory, MemberData(nameof(Findings))]
    public async Task Whatever_a_test_finds_the_grant_is_renewed_as_before(string finding)
    {
        await Client.ConnectAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        Fail(finding);
        var tested = await Client.TestAccessAsync(Test);
        Assert.Equal(Outcome.Failed, tested.Test.Outcome);
        Assert.DoesNotContain("password, security token", tested.Test.Message, StringComparison.Ordinal);
        Assert.NotEqual(FailureClass.LoginRefused, tested.Test.Failure.FailureClass);
        var activated = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Oauth });
        Assert.Contains(activated.Result, new[] { WriteResult.TestFailed, WriteResult.TestUnknown });
        Simulator.ClearFailures();
        Assert.Empty(activated.Status.Warnings);
        Assert.Null(activated.Status.OAuth().Current.Grant.LastRenewalFailure);
        // By itself, and more than once.
        for (var times = 0; times < 2; times++)
        {
            var before = Refreshes;
            Clock.Advance(TimeSpan.FromMinutes(12.5));
            await Waiting.UntilAsync(() => Refreshes > before, "it is renewed");
            await UntilAsync(
                status => status.OAuth().Current.Grant.SessionExpireTime.ToDateTimeOffset() > Clock.GetUtcNow() + TimeSpan.FromMinutes(10), "it is stored");
        }
        Assert.Equal(Outcome.Succeeded, (await Client.TestAccessAsync(Test)).Test.Outcome);
    }

    [Theory]
    [InlineData("userinfo: 403 INVALID_OPERATION_WITH_EXPIRED_PASSWORD")]
    [InlineData("userinfo: 401 policy")]
    [InlineData("userinfo: other user")]
    public async Task Whatever_the_check_after_a_rejection_finds_the_grant_is_renewed_as_before(string finding)
    {
        await Client.ConnectAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        Fail(finding);
        Assert.Equal(ReportVerdict.Noted, (await node.RejectsAsync()).Verdict);
        Simulator.ClearFailures();
        var status = await Client.StatusAsync();
        Assert.Equal((Availability.Serving, 0, null), (status.Availability, status.Warnings.Count, status.OAuth().Current.Grant.LastRenewalFailure));
        Clock.Advance(TimeSpan.FromMinutes(12.5));
        Assert.NotNull((await node.NextAsync()).Credential);
    }

    [Fact]
    public async Task A_passing_test_lifts_a_stop_and_the_next_renewal_tells()
    {
        await Client.ConnectAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        Simulator.Fail(Endpoint.Token, Failure.OAuth("invalid_grant", "inactive user"));
        Clock.Advance(TimeSpan.FromMinutes(12.5));
        await UntilAsync(status => status.OAuth().Current.Grant.LastRenewalFailure is { FailureClass: FailureClass.NeedsSetup }, "the renewal is refused");
        Assert.Equal(Outcome.Succeeded, (await Client.TestAccessAsync(Test)).Test.Outcome);
        Clock.Advance(TimeSpan.FromMinutes(1.6));
        Assert.NotNull((await node.NextAsync()).Credential);
        Assert.Empty((await Client.StatusAsync()).Warnings);
    }

    private void Fail(string finding)
    {
        var endpoint = finding.StartsWith("api", StringComparison.Ordinal) ? Endpoint.Data : Endpoint.UserInfo;
        var what = finding[(finding.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        Simulator.Fail(endpoint, what switch
        {
            "401 policy" => Failure.Rest(401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API"),
            "html" => Failure.Html(503),
            "403 word" => Failure.Status(403, "Wrong_Org"),
            "404 NOT_FOUND" => Failure.Rest(404, "NOT_FOUND", "no"),
            "other user" => new Failure { Answer = Answer.Json(200, new { user_id = "005x00000012Q9PAAU", organization_id = Ann.OrgId }) },
            _ => Failure.Rest(403, what[4..], "no"),
        }, times: 100);
    }
}
