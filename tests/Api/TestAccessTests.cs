using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;
using TestResult = GrpcCreds.V1.TestResult;

namespace GrpcCreds.Tests.Api;

public sealed class TestAccessTests : ServiceTest
{
    private static readonly TestAccessRequest Test = new() { TenantId = "acme", Mode = Mode.Password };

    private protected override IEnumerable<string> Settings => ["Clock:Adjustable=true"];

    private protected override SimulatorOptions SimulatorOptions => new() { SessionSecondsValid = 900 };

    [Fact]
    public async Task A_passing_test_lists_its_checks_and_nodes_notice_nothing()
    {
        var before = await Client.ActivateAsync();
        var tested = await Client.TestAccessAsync(Test);
        Assert.Equal((Outcome.Succeeded, Slot.Current, "Access test was successful."), (tested.Test.Outcome, tested.Test.Slot, tested.Test.Message));
        Assert.Equal(["LOGIN", "IDENTITY", "API", "API_VERSION", "CUSTOMIZE_APPLICATION"], Passed(tested.Test));
        Assert.Equal(["FIELD_ACCESS", "PACKAGE_VERSION"], tested.Test.Checks.Skip(5).Select(check => check.Name));
        Assert.All(tested.Test.Checks.Skip(5), check => Assert.Equal(Outcome.NotChecked, check.Outcome));
        Assert.Equal((before.Revision, before.Etag), (tested.Status.Revision, tested.Status.Etag));
        Assert.Equal(tested.Test, (await Client.StatusAsync()).Modes[0].Current.LastTest);
    }

    [Fact]
    public async Task The_candidate_is_tested_unless_the_caller_says_otherwise()
    {
        await Client.ActivateAsync();
        var staged = Calls.SetPassword(password: "wrong");
        staged.Activation = Activation.Staged;
        await Client.SetPasswordCredentialAsync(staged);

        var candidate = (await Client.TestAccessAsync(Test)).Test;
        Assert.Equal((Outcome.Failed, Slot.Candidate, FailureClass.LoginRefused), (candidate.Outcome, candidate.Slot, candidate.Failure.FailureClass));
        var current = (await Client.TestAccessAsync(new(Test) { Slot = Slot.Current })).Test;
        Assert.Equal((Outcome.Succeeded, Slot.Current), (current.Outcome, current.Slot));
        Assert.NotNull((await Client.StatusAsync()).Modes[0].Candidate);
    }

    [Fact]
    public async Task There_must_be_something_to_test()
    {
        await Client.TestAccessAsync(Test).FailsAsync(StatusCode.FailedPrecondition, "NOTHING_TO_TEST");
        await Client.ActivateAsync();
        await Client.TestAccessAsync(new(Test) { Slot = Slot.Candidate }).FailsAsync(StatusCode.FailedPrecondition, "NOTHING_TO_TEST");
        await Client.TestAccessAsync(new() { TenantId = "acme" }).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
    }

    [Fact]
    public async Task A_user_without_the_api_is_told_so()
    {
        await Client.ActivateAsync();
        Simulator.Fail(Endpoint.Data, Failure.Rest(403, "API_DISABLED_FOR_ORG", "no"));
        var test = (await Client.TestAccessAsync(Test)).Test;
        Assert.Equal((Outcome.Failed, FailureClass.NotPermitted, "API_DISABLED_FOR_ORG"),
            (test.Outcome, test.Failure.FailureClass, test.Failure.SalesforceCode));
        Assert.Equal(Outcome.Failed, test.Checks.Single(check => check.Name == "API").Outcome);
    }

    [Fact]
    public async Task A_login_that_lands_elsewhere_is_a_wrong_identity()
    {
        await Client.ActivateAsync();
        Simulator.ChangeUser(Calls.User, user => user with { OrgId = "00D3k000000tr3GEAQ" });
        var test = (await Client.TestAccessAsync(Test)).Test;
        Assert.Equal(FailureClass.WrongIdentity, test.Failure.FailureClass);
        Assert.Contains("00D3k000000tr3GEAQ", test.Failure.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_Salesforce_refused_is_tested_five_times_in_ten_minutes_and_the_wait_is_said()
    {
        for (var i = 0; i < 5; i++)
            Assert.Equal(WriteResult.TestFailed, (await Client.SetPasswordCredentialAsync(Calls.SetPassword(password: $"wrong {i}"))).Result);
        var refused = await Client.SetPasswordCredentialAsync(Calls.SetPassword()).FailsAsync(StatusCode.ResourceExhausted, "ACCOUNT_PROTECTED");
        Assert.Contains("(try again in 10 minutes)", refused.Message, StringComparison.Ordinal);
        // Over all tenants.
        await Client.SetPasswordCredentialAsync(Calls.SetPassword("other")).FailsAsync(StatusCode.ResourceExhausted, "ACCOUNT_PROTECTED");
        Assert.Equal(5, Simulator.Logins(Calls.User).Attempts);
        await Service.AdvanceAsync("00:10:01");
        Assert.Equal(Outcome.Succeeded, (await Client.TestAccessAsync(Test)).Test.Outcome);
    }

    [Fact]
    public async Task Tests_that_pass_leave_room_for_those_that_do_not()
    {
        await Client.ActivateAsync();
        for (var i = 0; i < 9; i++)
            Assert.Equal(Outcome.Succeeded, (await Client.TestAccessAsync(Test)).Test.Outcome);
        // The login succeeds and a later step fails. That does not bring a lockout nearer either.
        Simulator.Fail(Endpoint.Data, Failure.Rest(403, "API_DISABLED_FOR_ORG", "no"), times: 6);
        for (var i = 0; i < 6; i++)
            Assert.Equal(Outcome.Failed, (await Client.TestAccessAsync(Test)).Test.Outcome);
        for (var i = 0; i < 5; i++)
            Assert.Equal(WriteResult.TestFailed, (await Client.SetPasswordCredentialAsync(Calls.SetPassword(password: $"wrong {i}"))).Result);
        await Client.TestAccessAsync(new(Test) { Slot = Slot.Current }).FailsAsync(StatusCode.ResourceExhausted, "ACCOUNT_PROTECTED");
        Assert.Equal(21, Simulator.Logins(Calls.User).Attempts);
    }

    [Fact]
    public async Task Sixty_tests_that_pass_are_enough_for_ten_minutes()
    {
        await Client.ActivateAsync();
        for (var i = 0; i < 59; i++)
            Assert.Equal(Outcome.Succeeded, (await Client.TestAccessAsync(Test)).Test.Outcome);
        var refused = await Client.TestAccessAsync(Test).FailsAsync(StatusCode.ResourceExhausted, "ACCOUNT_PROTECTED");
        Assert.Matches(@"\(try again in \d+ (seconds?|minutes?)\)$", refused.Message);
        Assert.Equal(60, Simulator.Logins(Calls.User).Attempts);
    }

    [Fact]
    public async Task Refused_values_are_not_sent_again()
    {
        for (var i = 0; i < 3; i++)
            Assert.Equal(WriteResult.TestFailed, (await Client.SetPasswordCredentialAsync(Calls.SetPassword(password: "wrong"))).Result);
        Assert.Equal(Outcome.Failed, (await Client.TestAccessAsync(Test)).Test.Outcome);
        Assert.Equal(1, Simulator.Logins(Calls.User).Attempts);
        Assert.Equal(WriteResult.Activated, (await Client.SetPasswordCredentialAsync(Calls.SetPassword())).Result);
    }

    [Fact]
    public async Task The_login_goes_out_only_where_it_is_asked_for()
    {
        await Client.ActivateAsync();
        Assert.Null((await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential.Login);
        var deliver = Calls.SetPassword();
        deliver.DeliverLogin = true;
        var status = (await Client.SetPasswordCredentialAsync(deliver)).Status;
        Assert.True(status.Modes[0].Current.DeliverLogin);
        var login = (await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential.Login;
        Assert.Equal((Calls.User, Calls.Password, "", Simulator.Production.GetLeftPart(UriPartial.Authority)),
            (login.Username, login.Password, login.SecurityToken, login.LoginUrl));
    }

    private static IEnumerable<string> Passed(TestResult test) =>
        test.Checks.Where(check => check.Outcome == Outcome.Succeeded).Select(check => check.Name);
}
