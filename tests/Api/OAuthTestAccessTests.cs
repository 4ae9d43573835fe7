using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;
using TestResult = GrpcCreds.V1.TestResult;

namespace GrpcCreds.Tests.Api;

public sealed class OAuthTestAccessTests : OAuthServiceTest
{
    private static readonly TestAccessRequest Test = new() { TenantId = "acme", Mode = Mode.Oauth };

    [Fact]
    public async Task A_live_session_is_tested_without_a_token_request()
    {
        var before = await Client.ConnectAsync();
        var tested = await Client.TestAccessAsync(Test);
        Assert.Equal((Outcome.Succeeded, Slot.Current, Mode.Oauth, "Access test was successful."),
            (tested.Test.Outcome, tested.Test.Slot, tested.Test.Mode, tested.Test.Message));
        Assert.Equal(["LOGIN", "IDENTITY", "API", "API_VERSION", "CUSTOMIZE_APPLICATION"], Passed(tested.Test));
        Assert.Equal(["FIELD_ACCESS", "PACKAGE_VERSION"], tested.Test.Checks.Skip(5).Select(check => check.Name));
        Assert.All(tested.Test.Checks.Skip(5), check => Assert.Equal(Outcome.NotChecked, check.Outcome));
        Assert.Equal((before.Revision, before.Etag, 1), (tested.Status.Revision, tested.Status.Etag, TokenRequests));
        Assert.Equal(tested.Test, tested.Status.OAuth().Current.LastTest);
        // To put in force what is in force is the same question.
        var activated = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Oauth });
        Assert.Equal((WriteResult.Activated, before.Revision, 1), (activated.Result, activated.Status.Revision, TokenRequests));
    }

    [Fact]
    public async Task Without_a_grant_nothing_is_sent_and_the_setup_is_asked_for()
    {
        await Client.TestAccessAsync(Test).FailsAsync(StatusCode.FailedPrecondition, "NOTHING_TO_TEST");
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var test = (await Client.TestAccessAsync(Test)).Test;
        Assert.Equal((Outcome.Failed, Slot.Candidate, FailureClass.NeedsSetup), (test.Outcome, test.Slot, test.Failure.FailureClass));
        Assert.StartsWith("Set up the OAuth token", test.Message, StringComparison.Ordinal);
        Assert.Empty(Simulator.Requests());
        // The credential in force can be tested as well.
        await Client.SetUpAsync();
        await Client.ResetOAuthAsync(new() { TenantId = "acme" });
        Assert.Equal(Outcome.Succeeded, (await Client.TestAccessAsync(new(Test) { Slot = Slot.Current })).Test.Outcome);
    }

    [Fact]
    public async Task A_session_that_was_ended_is_renewed_once_and_nodes_get_the_new_one()
    {
        await Client.ConnectAsync();
        var (watch, first) = await Client.OpenWatchAsync();
        using var _ = watch;
        Simulator.ExpireAccessTokens(1);
        var tested = await Client.TestAccessAsync(Test);
        Assert.Equal((Outcome.Succeeded, 2), (tested.Test.Outcome, TokenRequests));
        var renewed = await watch.NextStateAsync();
        Equal(renewed, tested.Status, Mode.Oauth);
        Assert.NotEqual(first.Credential.Session.AccessToken, renewed.Credential.Session.AccessToken);
    }

    [Fact]
    public async Task A_session_past_its_end_is_renewed_once()
    {
        await Client.ConnectAsync();
        Clock.Advance(TimeSpan.FromMinutes(16));
        await UntilAsync(status => status.Availability == Availability.Suspended, "the session has ended");
        var tested = await Client.TestAccessAsync(Test);
        Assert.Equal((Outcome.Succeeded, Availability.Serving, 2), (tested.Test.Outcome, tested.Status.Availability, TokenRequests));
    }

    [Fact]
    public async Task An_ended_session_is_renewed_before_its_mode_takes_over()
    {
        await Client.ConnectAsync();
        await Client.ActivateAsync();
        Clock.Advance(TimeSpan.FromMinutes(16));
        Simulator.ExpireAccessTokens(1);
        var activated = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Oauth });
        Assert.Equal((WriteResult.Activated, Availability.Serving, 2), (activated.Result, activated.Status.Availability, TokenRequests));
    }

    [Fact]
    public async Task A_grant_that_Salesforce_has_ended_is_presented_once_and_needs_its_setup()
    {
        await Client.ConnectAsync();
        Simulator.RevokeGrant(1);
        var tested = await Client.TestAccessAsync(Test);
        Assert.Equal((Outcome.Failed, FailureClass.NeedsSetup, 2), (tested.Test.Outcome, tested.Test.Failure.FailureClass, TokenRequests));
        Assert.StartsWith("Set up the OAuth token again", tested.Test.Message, StringComparison.Ordinal);
        Assert.Equal("LOGIN", Assert.Single(tested.Test.Checks, check => check.Outcome != Outcome.NotChecked).Name);
        Assert.Equal(tested.Test.Failure.FailureClass, tested.Status.OAuth().Current.Grant.LastRenewalFailure.FailureClass);
        // A failed test deletes nothing, and setting up again mends it.
        Assert.Equal(WriteResult.Activated, (await Client.SetUpAsync()).Result);
        Assert.Equal(Outcome.Succeeded, (await Client.TestAccessAsync(Test)).Test.Outcome);
    }

    [Fact]
    public async Task A_renewal_without_a_clear_answer_is_not_repeated_by_the_test()
    {
        await Client.ConnectAsync();
        Simulator.ExpireAccessTokens(1);
        Simulator.Fail(Endpoint.Token, Failure.Status(502, "bad gateway"));
        var tested = await Client.TestAccessAsync(Test);
        Assert.Equal((Outcome.Failed, FailureClass.OutcomeUnknown, 2), (tested.Test.Outcome, tested.Test.Failure.FailureClass, TokenRequests));
    }

    [Fact]
    public async Task A_token_of_somebody_else_is_a_wrong_identity()
    {
        var before = await Client.ConnectAsync();
        Simulator.Fail(Endpoint.UserInfo, new Failure { Answer = Answer.Json(200, new { user_id = "005x00000012Q9PAAU", organization_id = Ann.OrgId }) });
        var tested = await Client.TestAccessAsync(Test);
        Assert.Equal((FailureClass.WrongIdentity, before.Revision, 1), (tested.Test.Failure.FailureClass, tested.Status.Revision, TokenRequests));
        Assert.StartsWith("Set up the OAuth token", tested.Test.Message, StringComparison.Ordinal);
        Assert.Equal([("LOGIN", Outcome.Succeeded), ("IDENTITY", Outcome.Failed)], tested.Test.Checks.Take(2).Select(check => (check.Name, check.Outcome)));
    }

    [Fact]
    public async Task A_user_without_the_api_is_told_so()
    {
        await Client.ConnectAsync();
        Simulator.ChangeUser(Ann.Username, user => user with { ApiDisabled = true });
        var test = (await Client.TestAccessAsync(Test)).Test;
        Assert.Equal((FailureClass.NotPermitted, "API_DISABLED_FOR_ORG"), (test.Failure.FailureClass, test.Failure.SalesforceCode));
        Assert.Equal(["LOGIN", "IDENTITY"], Passed(test));
        Assert.Equal(("API", Outcome.Failed), (test.Checks[2].Name, test.Checks[2].Outcome));
    }

    [Fact]
    public async Task A_refusal_by_policy_is_no_reason_to_renew()
    {
        await Client.ConnectAsync();
        Simulator.ChangeUser(Ann.Username, user => user with { RestrictedIp = true });
        var test = (await Client.TestAccessAsync(Test)).Test;
        Assert.Equal((FailureClass.NotPermitted, "INVALID_SESSION_ID", 1), (test.Failure.FailureClass, test.Failure.SalesforceCode, TokenRequests));
        // One at the end of the setup, one of the test.
        Assert.Equal(2, Simulator.Requests().Count(request => request.Path == "/services/data/v64.0"));
    }

    [Fact]
    public async Task A_new_session_that_is_refused_too_is_renewed_once_and_no_more()
    {
        await Client.ConnectAsync();
        Simulator.Fail(Endpoint.Data, Failure.Rest(401, "INVALID_SESSION_ID", "Session expired or invalid"), times: 100);
        var test = (await Client.TestAccessAsync(Test)).Test;
        Assert.Equal((Outcome.Failed, 2), (test.Outcome, TokenRequests));
    }

    [Fact]
    public async Task While_Salesforce_is_unavailable_nothing_is_decided()
    {
        var before = await Client.ConnectAsync();
        Simulator.Fail(Endpoint.UserInfo, Failure.Rest(503, "SERVER_UNAVAILABLE", "no"), times: 2);
        Assert.Equal(FailureClass.Unavailable, (await Client.TestAccessAsync(Test)).Test.Failure.FailureClass);
        var activated = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Oauth });
        Assert.Equal((WriteResult.TestUnknown, before.Revision, Availability.Serving, 1),
            (activated.Result, activated.Status.Revision, activated.Status.Availability, TokenRequests));
    }

    private static IEnumerable<string> Passed(TestResult test) =>
        test.Checks.Where(check => check.Outcome == Outcome.Succeeded).Select(check => check.Name);
}
