using Google.Rpc;
using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Action = GrpcCreds.V1.Action;

namespace GrpcCreds.Tests.Api;

public sealed class SetClientCredentialsTests : ClientCredentialsTest
{
    [Fact]
    public async Task Credentials_that_pass_serve_and_show_the_Run_As_user()
    {
        var status = await Client.ActivateClientCredentialsAsync();
        Assert.Equal((Availability.Serving, Mode.ClientCredentials), (status.Availability, status.ActiveMode));
        var current = status.ClientCredentials().Current;
        Assert.Equal(
            (ClientCredentialsAdministration.App.ConsumerKey, Ann.OrgId, Ann.UserId, ClientCredentialsAdministration.MyDomain),
            (current.ConsumerKey, current.OrgId, current.UserId, current.MyDomain));
        Assert.Equal(
            ["LOGIN", "IDENTITY", "API", "API_VERSION", "CUSTOMIZE_APPLICATION", "FIELD_ACCESS", "PACKAGE_VERSION"],
            current.LastTest.Checks.Select(check => check.Name));
        Assert.Equal([Action.Rotate, Action.Test, Action.Delete, Action.Activate], status.ClientCredentials().AvailableActions);
        Assert.Empty(status.Warnings);
        var credential = (await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential;
        Assert.Equal((Mode.ClientCredentials, Ann.OrgId, Ann.UserId), (credential.Mode, credential.Session.OrgId, credential.Session.UserId));
        Assert.Null(credential.Login);
        Assert.Equal(Clock.GetUtcNow().AddSeconds(900), credential.Session.ExpectedExpireTime.ToDateTimeOffset(), TimeSpan.FromSeconds(30));
        Assert.Equal(1, Simulator.Tokens());
        Assert.DoesNotContain(Service.Logs.GetSnapshot(), record => record.ToString().Contains(
            ClientCredentialsAdministration.App.ConsumerSecret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Staged_credentials_wait_for_SetActiveMode()
    {
        var staged = await Client.SetClientCredentialsAsync(new(ClientCredentialsAdministration.Set()) { Activation = Activation.Staged });
        Assert.Equal((WriteResult.Staged, Availability.NotConfigured, 0), (staged.Result, staged.Status.Availability, Simulator.Tokens()));
        var tested = await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.ClientCredentials });
        Assert.Equal((Outcome.Succeeded, Slot.Candidate), (tested.Test.Outcome, tested.Test.Slot));
        Assert.Equal(Ann.UserId, tested.Status.ClientCredentials().Candidate.UserId);
        var activated = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.ClientCredentials });
        Assert.Equal((WriteResult.Activated, Availability.Serving), (activated.Result, activated.Status.Availability));
        Assert.Null(activated.Status.ClientCredentials().Candidate);
    }

    [Fact]
    public async Task A_set_that_is_repeated_requests_no_second_token()
    {
        var request = ClientCredentialsAdministration.Set();
        request.RequestId = Guid.NewGuid().ToString();
        await Client.SetClientCredentialsAsync(request);
        Assert.Equal(WriteResult.Activated, (await Client.SetClientCredentialsAsync(request)).Result);
        Assert.Equal(1, Simulator.Tokens());
    }

    [Fact]
    public async Task All_that_is_missing_or_wrong_is_named_at_once()
    {
        await NamesAsync(new() { TenantId = "acme" }, "consumer_key", "consumer_secret", "my_domain");
        await NamesAsync(
            new() { TenantId = "acme", ConsumerKey = "a b", ConsumerSecret = "", MyDomain = "login.salesforce.com", OrgId = "005600000045vWe" },
            "consumer_key", "consumer_secret", "my_domain", "org_id");
        await NamesAsync(new(ClientCredentialsAdministration.Set()) { UseSandbox = true }, "my_domain", "use_sandbox");
        await NamesAsync(new(ClientCredentialsAdministration.Set()) { MyDomain = "" }, "my_domain");

        await Client.ActivateClientCredentialsAsync();
        await NamesAsync(new() { TenantId = "acme", ConsumerKey = "another" }, "consumer_secret");
        await NamesAsync(new() { TenantId = "acme", UseSandbox = true }, "consumer_key", "consumer_secret", "my_domain");
        Assert.Equal(1, Simulator.Tokens());
    }

    [Fact]
    public async Task A_sandbox_is_reached_by_its_own_My_Domain()
    {
        var sandbox = new SetClientCredentialsRequest(ClientCredentialsAdministration.Set())
            { MyDomain = ClientCredentialsAdministration.SandboxMyDomain, UseSandbox = true };
        var set = await Client.SetClientCredentialsAsync(sandbox);
        Assert.Equal((WriteResult.Activated, DefaultUsers.Sandbox.OrgId), (set.Result, set.Status.ClientCredentials().Current.OrgId));
    }

    [Fact]
    public async Task A_required_org_is_checked_whatever_else_is_accepted()
    {
        var wrong = await Client.SetClientCredentialsAsync(new(ClientCredentialsAdministration.Set()) { OrgId = DefaultUsers.Sandbox.OrgId });
        IsFailed(wrong.Status, FailureClass.WrongIdentity, "org_id");
        Assert.Equal(WriteResult.Activated, (await Client.SetClientCredentialsAsync(new() { TenantId = "acme", OrgId = Ann.OrgId[..15] })).Result);
    }

    [Theory]
    [InlineData("invalid_client_id", "client identifier invalid", FailureClass.LoginRefused, "does not know the consumer key", true)]
    [InlineData("invalid_client", "invalid client credentials", FailureClass.LoginRefused, "refuses the consumer secret", true)]
    [InlineData("invalid_client", "app must be installed into org", FailureClass.NotPermitted, "not installed", false)]
    [InlineData("invalid_grant", "no client credentials user enabled", FailureClass.NotPermitted, "no Run As user", true)]
    [InlineData("invalid_grant", "request not supported on this domain", FailureClass.LoginRefused, "own My Domain only", false)]
    [InlineData("unsupported_grant_type", "grant type not supported", FailureClass.NotPermitted, "enable Client Credentials Flow", true)]
    [InlineData("inactive_user", "user is inactive", FailureClass.NotPermitted, "Run As user is inactive", false)]
    [InlineData("inactive_org", "org is inactive", FailureClass.NotPermitted, "org is inactive", false)]
    [InlineData("app_not_found", "not found", FailureClass.NotPermitted, "not installed", false)]
    [InlineData("OAUTH_APP_BLOCKED", "this app is blocked by admin", FailureClass.NotPermitted, "blocks the connected app", false)]
    [InlineData("invalid_grant", "ip restricted", FailureClass.NotPermitted, "login IP ranges", false)]
    [InlineData("invalid_scope", "invalid scope", FailureClass.NotPermitted, "scope api", true)]
    [InlineData("rate_limit_exceeded", "too many", FailureClass.Throttled, "15 minutes", false)]
    [InlineData("server_error", "later", FailureClass.Unavailable, "", false)]
    public async Task Each_error_has_a_class_and_says_what_to_do(string error, string description, FailureClass failureClass, string advice, bool mayBeNew)
    {
        Simulator.Fail(Endpoint.Token, SalesforceSimulator.Failure.OAuth(error, description));
        var set = await Client.SetClientCredentialsAsync(ClientCredentialsAdministration.Set());
        IsFailed(set.Status, failureClass, advice);
        Assert.Equal(mayBeNew, set.Status.ClientCredentials().Candidate.LastTest.Failure.Advice.Contains("last half hour", StringComparison.Ordinal));

        Clock.Advance(TimeSpan.FromMinutes(31));
        Simulator.Fail(Endpoint.Token, SalesforceSimulator.Failure.OAuth(error, description));
        var later = await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.ClientCredentials });
        Assert.DoesNotContain("last half hour", later.Test.Failure.Advice, StringComparison.Ordinal);
        Assert.Equal(WriteResult.Activated, (await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.ClientCredentials })).Result);
    }

    [Fact]
    public async Task A_new_app_that_is_not_known_everywhere_passes_when_the_caller_tests_again()
    {
        ChangeApp(app => app with { KnownFrom = Clock.GetUtcNow().AddMinutes(10) });
        var set = await Client.SetClientCredentialsAsync(ClientCredentialsAdministration.Set());
        IsFailed(set.Status, FailureClass.LoginRefused, "last half hour");
        Clock.Advance(TimeSpan.FromMinutes(10.5));
        Assert.Equal(WriteResult.Activated, (await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.ClientCredentials })).Result);
    }

    [Fact]
    public async Task A_user_without_the_API_is_found_before_anything_counts()
    {
        Simulator.Fail(Endpoint.Data, SalesforceSimulator.Failure.Rest(403, "API_DISABLED_FOR_ORG", "API is not enabled"));
        var set = await Client.SetClientCredentialsAsync(ClientCredentialsAdministration.Set());
        IsFailed(set.Status, FailureClass.NotPermitted, "API Enabled");
        Assert.Equal("API", Assert.Single(set.Status.ClientCredentials().Candidate.LastTest.Checks, check => check.Outcome == Outcome.Failed).Name);
    }

    [Theory]
    [InlineData("api", null)]
    [InlineData("id", "scope api")]
    public async Task A_token_without_the_scope_api_is_refused(string scope, string? advice)
    {
        Simulator.Fail(Endpoint.Token, SalesforceSimulator.Failure.Token(new() { Scope = scope }));
        var set = await Client.SetClientCredentialsAsync(ClientCredentialsAdministration.Set());
        if (advice is null)
            Assert.Equal(WriteResult.Activated, set.Result);
        else
            IsFailed(set.Status, FailureClass.NotPermitted, advice);
    }

    [Fact]
    public async Task An_answer_that_is_not_signed_or_names_a_strange_host_is_not_used()
    {
        TokenTwist[] twists = [new() { BadSignature = true }, new() { InstanceUrl = new Uri("https://evil.example.test") }, new() { Without = "id" }];
        foreach (var twist in twists)
        {
            Simulator.Fail(Endpoint.Token, SalesforceSimulator.Failure.Token(twist));
            var set = await Client.SetClientCredentialsAsync(ClientCredentialsAdministration.Set());
            IsFailed(set.Status, FailureClass.ServiceConfiguration, "");
        }
    }

    private void IsFailed(CredentialStatus status, FailureClass failureClass, string advice)
    {
        var failure = status.ClientCredentials().Candidate.LastTest.Failure;
        Assert.Equal(failureClass, failure.FailureClass);
        Assert.Contains(advice, failure.Advice, StringComparison.Ordinal);
        Assert.Null(status.ClientCredentials().Current);
        Assert.Equal(Availability.NotConfigured, status.Availability);
        Assert.Contains(failure.Advice, status.Advice, StringComparison.Ordinal);
    }

    private async Task NamesAsync(SetClientCredentialsRequest request, params string[] fields)
    {
        var status = await Client.SetClientCredentialsAsync(request).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
        Assert.Equal(fields, status.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field).Distinct());
    }
}
