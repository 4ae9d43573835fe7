using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;
using TestResult = GrpcCreds.V1.TestResult;

namespace GrpcCreds.Tests.Api;

/// <summary>Nothing comes in force that cannot do the work, in whichever mode and by whichever call.</summary>
public sealed class WholeTestTests : OAuthServiceTest
{
    private const string NotWithRest = "This session is not valid for use with the REST API";

    private static readonly string[] AllChecks =
        ["LOGIN", "IDENTITY", "API", "API_VERSION", "CUSTOMIZE_APPLICATION", "FIELD_ACCESS", "PACKAGE_VERSION"];

    // No fields and no packages are required here.
    private const int Checked = 5;

    /// <summary>The API's answer, and its effect on the write.</summary>
    public static TheoryData<int, string, string, WriteResult, FailureClass, int> ResultCommitter => new()
    {
        { 401, "INVALID_SESSION_ID", NotWithRest, WriteResult.TestFailed, FailureClass.NotPermitted, 3 },
        { 401, "INVALID_SESSION_ID", "Session expired or invalid", WriteResult.TestFailed, FailureClass.NotPermitted, 3 },
        { 403, "API_DISABLED_FOR_ORG", "no", WriteResult.TestFailed, FailureClass.NotPermitted, 3 },
        { 403, "BRAND_NEW_CODE", "no", WriteResult.TestFailed, FailureClass.NotPermitted, 3 },
        { 404, "NOT_FOUND", "no", WriteResult.TestFailed, FailureClass.ServiceConfiguration, 4 },
        { 403, "REQUEST_LIMIT_EXCEEDED", "no", WriteResult.TestUnknown, FailureClass.Throttled, 3 },
        { 503, "SERVER_UNAVAILABLE", "no", WriteResult.TestUnknown, FailureClass.Unavailable, 3 },
    };

    public static TheoryData<string> Unclear => ["html", "status", "reset", "silent"];

    [Theory, MemberData(nameof(ResultCommitter))]
    public async Task A_password_whose_session_may_not_use_the_API_stays_a_candidate(
        int status, string code, string message, WriteResult result, FailureClass failureClass, int made)
    {
        Simulator.Fail(Endpoint.Data, Failure.Rest(status, code, message), times: 2);
        var set = await Client.SetPasswordCredentialAsync(Calls.SetPassword());
        Assert.Equal((result, Availability.NotConfigured, Mode.Off, 0L), (set.Result, set.Status.Availability, set.Status.ActiveMode, set.Status.Revision));
        IsFailed(set.Status.Modes[0].Candidate.LastTest, code, failureClass, made);
        // Nor by the other call.
        var activated = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Password });
        Assert.Equal((result, Mode.Off), (activated.Result, activated.Status.ActiveMode));
        IsFailed(activated.Status.Modes[0].Candidate.LastTest, code, failureClass, made);

        Assert.Equal(WriteResult.Activated, (await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Password })).Result);
        IsPassed((await Client.StatusAsync()).Modes[0].Current.LastTest);
    }

    [Theory, MemberData(nameof(ResultCommitter))]
    public async Task A_setup_whose_session_may_not_use_the_API_changes_nothing_and_its_grant_is_revoked(
        int status, string code, string message, WriteResult result, FailureClass failureClass, int made)
    {
        await Client.ActivateAsync();
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var before = await Client.StatusAsync();
        Simulator.Fail(Endpoint.Data, Failure.Rest(status, code, message));
        var completed = await Client.SetUpAsync();
        Assert.Equal((result, Mode.Password, before.Revision), (completed.Result, completed.Status.ActiveMode, completed.Status.Revision));
        var oauth = completed.Status.OAuth();
        // A token that is dead at once wants another one.
        var expected = message.StartsWith("Session", StringComparison.Ordinal) ? FailureClass.NeedsSetup : failureClass;
        Assert.Equal((expected, code), (oauth.LastSetup.Failure.FailureClass, oauth.LastSetup.Failure.SalesforceCode));
        Assert.DoesNotContain("password", oauth.LastSetup.Failure.Advice, StringComparison.OrdinalIgnoreCase);
        Assert.Null(oauth.Candidate.Grant);
        Assert.Null(oauth.Candidate.LastTest);
        await Waiting.UntilAsync(() => Simulator.Grants().Single().EndTime is not null, "the grant is revoked");

        _ = made;
        Assert.Equal(WriteResult.Activated, (await Client.SetUpAsync()).Result);
        IsPassed((await OAuthStatusAsync()).Current.LastTest);
    }

    [Theory, MemberData(nameof(ResultCommitter))]
    public async Task A_staged_grant_whose_session_may_not_use_the_API_is_not_put_in_force(
        int status, string code, string message, WriteResult result, FailureClass failureClass, int made)
    {
        var staged = OAuthAdministration.SetOAuth();
        staged.Activation = Activation.Staged;
        await Client.SetOAuthCredentialAsync(staged);
        Assert.Equal(WriteResult.Staged, (await Client.SetUpAsync()).Result);
        IsPassed((await OAuthStatusAsync()).Candidate.LastTest);
        if (message.StartsWith("Session", StringComparison.Ordinal))
            return;
        Simulator.Fail(Endpoint.Data, Failure.Rest(status, code, message));
        var activated = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Oauth });
        Assert.Equal((result, Mode.Off), (activated.Result, activated.Status.ActiveMode));
        IsFailed(activated.Status.OAuth().Candidate.LastTest, code, failureClass, made);
        Assert.Equal(WriteResult.Activated, (await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Oauth })).Result);
    }

    [Theory, MemberData(nameof(Unclear))]
    public async Task No_clear_answer_of_the_API_puts_nothing_in_force(string kind)
    {
        Failure Answer() => kind switch
        {
            "html" => Failure.Html(403),
            "status" => Failure.Status(500, "no"),
            "reset" => Failure.ResetBeforeProcessing(),
            _ => Failure.SlowHeaders(),
        };
        Simulator.Fail(Endpoint.Data, Answer(), times: 3);
        var set = await Client.SetPasswordCredentialAsync(Calls.SetPassword());
        Assert.Equal((WriteResult.TestUnknown, Mode.Off), (set.Result, set.Status.ActiveMode));
        Assert.Equal(FailureClass.Unavailable, set.Status.Modes[0].Candidate.LastTest.Failure.FailureClass);
        Simulator.ClearFailures();
        Simulator.Fail(Endpoint.Data, Answer(), times: 3);
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var completed = await Client.SetUpAsync();
        Assert.Equal((WriteResult.TestUnknown, Mode.Off), (completed.Result, completed.Status.ActiveMode));
        Assert.Equal(FailureClass.Unavailable, completed.Status.OAuth().LastSetup.Failure.FailureClass);
        Simulator.ClearFailures();
    }

    [Fact]
    public async Task In_OAuth_mode_an_expired_password_is_no_matter_of_a_password_here()
    {
        await Client.ConnectAsync();
        Simulator.Fail(Endpoint.Data, Failure.Rest(403, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "no"));
        var failure = (await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.Oauth })).Test.Failure;
        Assert.Equal((FailureClass.NotPermitted, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD"), (failure.FailureClass, failure.SalesforceCode));
        Assert.DoesNotContain("password", failure.Advice, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("sign in as this user in a browser", failure.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_password_mode_it_is()
    {
        Simulator.Fail(Endpoint.Data, Failure.Rest(403, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "no"));
        var set = await Client.SetPasswordCredentialAsync(Calls.SetPassword());
        var failure = set.Status.Modes[0].Candidate.LastTest.Failure;
        // The login was not refused, so nothing is said of the password that was sent.
        Assert.Equal((WriteResult.TestFailed, FailureClass.NotPermitted), (set.Result, failure.FailureClass));
        Assert.Contains("password has expired", failure.Advice, StringComparison.Ordinal);
    }

    private static void IsPassed(TestResult test)
    {
        Assert.Equal((Outcome.Succeeded, "Access test was successful."), (test.Outcome, test.Message));
        Assert.Equal(
            AllChecks.Select((name, i) => (name, i < Checked ? Outcome.Succeeded : Outcome.NotChecked)),
            test.Checks.Select(check => (check.Name, check.Outcome)));
    }

    // A check that did not run is not reported as passed.
    private static void IsFailed(TestResult test, string code, FailureClass failureClass, int made)
    {
        Assert.Equal((Outcome.Failed, failureClass, code), (test.Outcome, test.Failure.FailureClass, test.Failure.SalesforceCode));
        Assert.Equal(
            AllChecks.Select((name, i) => (name, i < made - 1 ? Outcome.Succeeded : i < made ? Outcome.Failed : Outcome.NotChecked)),
            test.Checks.Select(check => (check.Name, check.Outcome)));
    }
}
