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
    private static readonly string[] Objects = [.. Enumerable.Range(1, 48).Select(i => $"Zuora__Object{i}__c")];

    public static TheoryData<Mode> Modes => [.. EveryMode.All];

    private protected override IEnumerable<string> Settings =>
    [
        .. EveryMode.Settings(Simulator), .. Objects.Select((name, i) => $"Salesforce:RequiredFields:{i}={name}.Name"),
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

    [Fact]
    public async Task Client_credentials_that_do_not_pass_stay_a_candidate()
    {
        Change(user => Complete(user) with { Objects = new Dictionary<string, IReadOnlyList<string>>() });
        var set = await Client.SetClientCredentialsAsync(ClientCredentialsAdministration.Set());
        Assert.Equal((WriteResult.TestFailed, Mode.Off), (set.Result, set.Status.ActiveMode));
        Assert.Contains("Zuora__Object10__c and 38 more: give", set.Status.ClientCredentials().Candidate.LastTest.Failure.Advice, StringComparison.Ordinal);

        Change(Complete);
        Assert.Equal(WriteResult.Activated, (await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.ClientCredentials })).Result);
    }

    // The most that a test can cost: two composite requests, hidden packages and, with a session that is dead, its renewal and another look.
    [Theory, MemberData(nameof(Modes))]
    public async Task A_test_costs_at_most_eight_calls(Mode mode)
    {
        Change(Complete);
        await Client.PutInForceAsync(mode, Simulator);
        Change(user => user with { ViewSetup = false });
        if (mode == Mode.Oauth)
            Simulator.Fail(Endpoint.Data, Failure.Rest(401, "INVALID_SESSION_ID", "Session expired or invalid"));
        var (before, renewals) = (Simulator.Requests().Count, Refreshes);
        var test = (await Client.TestAccessAsync(new() { TenantId = "acme", Mode = mode })).Test;
        Assert.Equal((Outcome.Succeeded, Outcome.NotChecked), (test.Checks[5].Outcome, test.Checks[6].Outcome));
        Assert.Equal(mode == Mode.Oauth ? 1 : 0, Refreshes - renewals);
        var calls = Simulator.Requests().Skip(before).Select(request => request.Path).ToList();
        // Logins, tokens and questions about tokens do not count against the org's limit.
        var counted = calls.Where(path => path.StartsWith("/services/data", StringComparison.Ordinal) || path == "/services/oauth2/userinfo").ToList();
        Assert.InRange(counted.Count, 5, 8);
        Assert.Equal(2, counted.Count(path => path == "/services/data/v64.0/composite"));
        Assert.Contains("/services/data/v64.0/sobjects", counted);
    }

    private void Change(Func<SimulatedUser, SimulatedUser> change) => Simulator.ChangeUsers(change);

    private static SimulatedUser Complete(SimulatedUser user) => user with
    {
        CustomizeApplication = true,
        ViewSetup = true,
        Objects = Objects.ToDictionary(name => name, _ => (IReadOnlyList<string>)["Id", "Name"]),
        Packages = new Dictionary<string, string> { ["Zuora"] = "3.0" },
    };
}
