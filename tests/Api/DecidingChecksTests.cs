using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>A setting says which checks decide. What does not pass them does not come in force.</summary>
public sealed class DecidingChecksTests : OAuthServiceTest
{
    // As many objects as the setting may name.
    private static readonly string[] Objects = [.. Enumerable.Range(1, 49).Select(i => $"Zuora__Object{i}__c")];

    private protected override IEnumerable<string> Settings =>
    [
        .. OAuthAdministration.Settings, .. Objects.Select((name, i) => $"Salesforce:RequiredFields:{i}={name}.Name"),
        "Salesforce:RequiredPackages:Zuora=2.102", "Salesforce:DecidingChecks:0=LOGIN", "Salesforce:DecidingChecks:1=IDENTITY",
        "Salesforce:DecidingChecks:2=CUSTOMIZE_APPLICATION", "Salesforce:DecidingChecks:3=FIELD_ACCESS", "Salesforce:DecidingChecks:4=PACKAGE_VERSION",
    ];

    [Fact]
    public async Task A_password_that_does_not_pass_stays_a_candidate()
    {
        Change(user => Complete(user) with { CustomizeApplication = false });
        var set = await Client.SetPasswordCredentialAsync(Calls.SetPassword());
        Assert.Equal((WriteResult.TestFailed, Mode.Off), (set.Result, set.Status.ActiveMode));
        var test = set.Status.Modes[0].Candidate.LastTest;
        Assert.Equal((FailureClass.NotPermitted, "The user does not have the permission Customize Application."), (test.Failure.FailureClass, test.Message));
        Assert.Equal((Outcome.Failed, true), (test.Checks[4].Outcome, test.Checks[4].Decides));

        Change(user => Complete(user));
        Assert.Equal(WriteResult.Activated, (await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Password })).Result);
    }

    [Fact]
    public async Task A_setup_that_does_not_pass_changes_nothing_and_its_grant_is_revoked()
    {
        Change(user => Complete(user) with { Packages = new Dictionary<string, string> { ["Zuora"] = "2.101" } });
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var completed = await Client.SetUpAsync();
        Assert.Equal((WriteResult.TestFailed, Mode.Off), (completed.Result, completed.Status.ActiveMode));
        Assert.Contains("Zuora 2.102 (installed: 2.101)", completed.Status.OAuth().LastSetup.Failure.Advice, StringComparison.Ordinal);
        await Waiting.UntilAsync(() => Simulator.Grants().Single().EndTime is not null, "the grant is revoked");
        Change(user => Complete(user));
        Assert.Equal(WriteResult.Activated, (await Client.SetUpAsync()).Result);
    }

    [Fact]
    public async Task What_decides_must_be_seen_and_an_unclear_answer_decides_nothing()
    {
        Change(user => Complete(user) with { ViewSetup = false });
        var hidden = await Client.SetPasswordCredentialAsync(Calls.SetPassword());
        Assert.Equal(WriteResult.TestFailed, hidden.Result);
        Assert.Contains("View Setup and Configuration", hidden.Status.Advice, StringComparison.Ordinal);
        Change(user => Complete(user));
        Simulator.Fail(Endpoint.Tooling, Failure.Rest(403, "REQUEST_LIMIT_EXCEEDED", "no"));
        var throttled = await Client.SetPasswordCredentialAsync(Calls.SetPassword());
        Assert.Equal((WriteResult.TestUnknown, FailureClass.Throttled),
            (throttled.Result, throttled.Status.Modes[0].Candidate.LastTest.Failure.FailureClass));
    }

    [Fact]
    public async Task A_check_that_is_not_in_the_list_only_warns()
    {
        Change(Complete);
        Simulator.Fail(Endpoint.Data, Failure.Rest(403, "API_DISABLED_FOR_ORG", "no"));
        var status = await Client.ActivateAsync();
        Assert.Contains(Warning.CheckFailed, status.Warnings);
        var checks = status.Modes[0].Current.LastTest.Checks;
        Assert.Equal(("API", Outcome.Failed, false, "API_DISABLED_FOR_ORG"),
            (checks[2].Name, checks[2].Outcome, checks[2].Decides, checks[2].Failure.SalesforceCode));
        Assert.All(checks.Skip(3), check => Assert.Equal(Outcome.NotChecked, check.Outcome));
        // But a session that is dead passes no test.
        Simulator.Fail(Endpoint.Data, Failure.Rest(401, "INVALID_SESSION_ID", "Session expired or invalid"));
        Assert.Equal(Outcome.Failed, (await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.Password })).Test.Outcome);
    }

    [Theory]
    [InlineData(Mode.Password)]
    [InlineData(Mode.Oauth)]
    public async Task A_test_costs_at_most_eight_calls(Mode mode)
    {
        Change(Complete);
        await (mode == Mode.Password ? Client.ActivateAsync() : Client.ConnectAsync());
        Change(user => user with { ViewSetup = false });
        if (mode == Mode.Oauth)
            Simulator.Fail(Endpoint.Data, Failure.Rest(401, "INVALID_SESSION_ID", "Session expired or invalid"));
        var before = Simulator.Requests().Count;
        var test = (await Client.TestAccessAsync(new() { TenantId = "acme", Mode = mode })).Test;
        Assert.Equal((Outcome.Succeeded, Outcome.NotChecked), (test.Checks[5].Outcome, test.Checks[6].Outcome));
        string[] notCounted = ["/services/Soap/u/64.0", "/services/oauth2/token"];
        var calls = Simulator.Requests().Skip(before).Select(request => request.Path).Except(notCounted).ToList();
        Assert.InRange(Simulator.Requests().Skip(before).Count(request => !notCounted.Contains(request.Path)), calls.Count, 8);
        Assert.Equal(2, Simulator.Requests().Skip(before).Count(request => request.Path == "/services/data/v64.0/composite"));
    }

    private void Change(Func<SimulatedUser, SimulatedUser> change)
    {
        foreach (var username in new[] { Calls.User, Ann.Username })
            Simulator.ChangeUser(username, change);
    }

    private static SimulatedUser Complete(SimulatedUser user) => user with
    {
        CustomizeApplication = true,
        ViewSetup = true,
        Objects = Objects.ToDictionary(name => name, _ => (IReadOnlyList<string>)["Id", "Name"]),
        Packages = new Dictionary<string, string> { ["Zuora"] = "3.0" },
    };
}
