using Google.Rpc;
using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>Answers tell a person at a terminal the cause and what to do, once, and list everything that is wrong.</summary>
public sealed class StatusAdviceTests : ServiceTest
{
    private const string Refused = "Check username, password, security token and Use Sandbox; the user may also be locked. Salesforce does not say which.";

    private protected override IEnumerable<string> Settings => ["Clock:Adjustable=true"];

    private protected override SimulatorOptions SimulatorOptions => new() { SessionSecondsValid = 900 };

    [Fact]
    public async Task After_a_failed_set_the_status_speaks_about_what_was_set_and_the_long_sentence_stands_once_in_the_test()
    {
        var set = await Client.SetPasswordCredentialAsync(Calls.SetPassword(password: "wrong"));
        Assert.Equal(WriteResult.TestFailed, set.Result);
        Assert.StartsWith($"The new password credential failed its test: {Refused} To correct it and test it again, call SetPasswordCredential",
            set.Status.Advice, StringComparison.Ordinal);
        Assert.Contains("No credential is in force", set.Status.Advice, StringComparison.Ordinal);

        var test = set.Status.Modes[0].Candidate.LastTest;
        Assert.Equal(Refused, test.Failure.Advice);
        Assert.Equal("Check username, password, security token and Use Sandbox.", test.Message);
        Assert.Equal(("LOGIN", Outcome.Failed, "failed with INVALID_LOGIN"), (test.Checks[0].Name, test.Checks[0].Outcome, test.Checks[0].Detail));

        // Also where another one serves, until it is dropped.
        await Client.ActivateAsync();
        Assert.Equal("", (await Client.StatusAsync()).Advice);
        Assert.Contains(Refused, (await Client.SetPasswordCredentialAsync(Calls.SetPassword(password: "wrong again"))).Status.Advice, StringComparison.Ordinal);
        Assert.Equal("", (await Client.DiscardCandidateAsync(new() { TenantId = "acme", Mode = Mode.Password })).Status.Advice);
    }

    [Fact]
    public async Task Why_a_tenant_is_suspended_stands_in_its_status_and_nodes_are_told_where_to_look()
    {
        await Client.ActivateAsync();
        Simulator.Fail(Endpoint.Login, Failure.Status(503, "down"), times: 100);
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        await Service.AdvanceAsync("00:15:01");
        var told = (await watch.ResponseStream.NextAsync(message => message.Unavailable is not null)).Unavailable;
        Assert.Equal("There is no live Salesforce session; GetCredentialStatus shows why and what to do.", told.Advice);
        await Waiting.UntilAsync(
            async () => await Client.StatusAsync() is { Availability: Availability.Suspended } status
                && status.Advice == "There is no live Salesforce session, and the last attempt to get one failed: "
                + $"{status.Modes[0].Current.LastRenewalFailure?.Advice} "
                    + "The service retries automatically; TestAccess retries at once.",
            "the status says why");
    }

    [Fact]
    public async Task A_suspended_tenant_that_needs_a_person_is_told_so()
    {
        await Client.ActivateAsync();
        Simulator.Fail(Endpoint.Login, Failure.Fault("INVALID_LOGIN"), times: 100);
        await Service.AdvanceAsync("00:15:01");
        await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        await Waiting.UntilAsync(
            async () => (await Client.StatusAsync()).Advice == "There is no live Salesforce session, and the last attempt to get one failed: "
                + $"{Refused} Once that is fixed, TestAccess gets a new one.",
            "the status says what to do");
    }

    [Fact]
    public async Task All_that_is_missing_or_wrong_is_told_at_once()
    {
        await AssertFieldsAsync(Client.SetPasswordCredentialAsync(new() { TenantId = "acme" }), "password", "security_token", "username");
        await AssertFieldsAsync(Client.SetPasswordCredentialAsync(new() { TenantId = "acme", Username = "" }), "password", "security_token", "username");
        await AssertFieldsAsync(Client.SetPasswordCredentialAsync(new() { TenantId = "acme", Username = "ann", Reason = "\n" }),
            "password", "reason", "security_token");
        await AssertFieldsAsync(Client.SetOAuthCredentialAsync(new() { TenantId = "acme", OrgId = "no id" }), "org_id", "user_id");
        await AssertFieldsAsync(Client.SetOAuthCredentialAsync(new() { TenantId = "acme" }), "org_id", "user_id");
        await Client.ActivateAsync();
        await AssertFieldsAsync(Client.SetPasswordCredentialAsync(new() { TenantId = "acme", UseSandbox = true }), "password", "security_token");
        await AssertFieldsAsync(Client.SetPasswordCredentialAsync(new() { TenantId = "acme", UseSandbox = true, Reason = "\n" }),
            "password", "reason", "security_token");
        // A kept value is not missing.
        await AssertFieldsAsync(Client.SetPasswordCredentialAsync(new() { TenantId = "acme", Reason = "\n" }), "reason");
    }

    [Theory]
    [InlineData("Set up the OAuth token: this org and user are not authorized yet.", "Set up the OAuth token.")]
    [InlineData("Set up the OAuth token again: Salesforce no longer accepts it. StartOAuthSetup authorizes again.", "Set up the OAuth token again.")]
    [InlineData("Look at Salesforce:ClientId; it is wrong.", "Look at Salesforce:ClientId.")]
    [InlineData("Wait.", "Access test failed.")]
    public void A_test_says_in_short_what_its_failure_says_in_full(string advice, string message) => Assert.Equal(message, StatusAdvice.Short(advice));

    private static async Task AssertFieldsAsync<T>(AsyncUnaryCall<T> call, params string[] fields)
    {
        var status = await call.FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
        Assert.Equal(fields, status.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field).Order());
    }
}
