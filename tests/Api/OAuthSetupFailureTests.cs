using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>
/// Each fault of a sign-in has its own class and advice. A token it may have returned is revoked, and everything else is
/// unchanged: the password still serves, and the candidate waits.
/// </summary>
public sealed class OAuthSetupFailureTests : OAuthServiceTest
{
    private const string SandboxOrg = "00Dx0000000BV7zEAG";

    private protected override IEnumerable<string> Settings => [.. base.Settings, $"Salesforce:MyDomains:acme.my.salesforce.com={Simulator.Sandbox}"];

    [Fact]
    public async Task Who_signs_in_must_be_exactly_the_configured_user_of_the_configured_org()
    {
        await PrepareAsync();
        Simulator.AddUser(new SimulatedUser { Username = "eve@acme.test", Password = "x", UserId = "005x00000012Q9PAAU" });
        Simulator.AddUser(new SimulatedUser { Username = "ann@other.test", Password = "x", OrgId = "00D3k000000tr3GEAQ", UserId = Ann.UserId });
        Simulator.SetConsent(Consent.Approve("eve@acme.test"));
        await FailsAsync(FailureClass.WrongIdentity,
            $"Set up the OAuth token again, signed in as the configured user: authorized as 005x00000012Q9PAAU, but {Ann.UserId} is configured.");
        Simulator.SetConsent(Consent.Approve("ann@other.test"));
        await FailsAsync(FailureClass.WrongIdentity,
            $"authorized as {Ann.UserId} of org 00D3k000000tr3GEAQ, but {Ann.UserId} of org {Ann.OrgId} is configured. A sandbox has");

        // 15 characters whose case alone differs are another org.
        Simulator.SetConsent(Consent.Approve(Ann.Username));
        await Client.SetOAuthCredentialAsync(new() { TenantId = "acme", OrgId = "00Dxx0000001gPl" });
        await FailsAsync(FailureClass.WrongIdentity, "of org 00Dxx0000001gPlEAI");
        await RevokedAsync(3);
    }

    [Fact]
    public async Task Ids_of_15_characters_in_the_answer_are_as_good()
    {
        Simulator.ChangeUser(Ann.Username, user => user with { ShortIds = true });
        Assert.Equal(Ann.OrgId, (await Client.ConnectAsync()).OAuth().Current.OrgId);
    }

    [Fact]
    public async Task A_sandbox_is_not_taken_for_production()
    {
        await PrepareAsync();
        await Client.SetOAuthCredentialAsync(new() { TenantId = "acme", OrgId = SandboxOrg, MyDomain = "acme.my.salesforce.com" });
        await FailsAsync(FailureClass.WrongIdentity, "Set up the OAuth token again after correcting Use Sandbox: the sign-in was at a sandbox");
        await Client.SetOAuthCredentialAsync(new() { TenantId = "acme", OrgId = Ann.OrgId });
        await FailsAsync(FailureClass.WrongIdentity, "after correcting Use Sandbox or the ids");
        await RevokedAsync(2, Personality.Sandbox);

        await Client.SetOAuthCredentialAsync(new() { TenantId = "acme", OrgId = SandboxOrg, UserId = Ann.UserId, UseSandbox = true, MyDomain = "" });
        Assert.Equal(WriteResult.Activated, (await Client.SetUpAsync()).Result);
        Assert.Empty(Simulator.Grants());
    }

    [Fact]
    public async Task An_answer_that_is_not_good_enough_is_not_used()
    {
        await PrepareAsync();
        await FailsAsync(new TokenTwist { Scope = "refresh_token id" }, FailureClass.ServiceConfiguration, "the scope api");
        await FailsAsync(new TokenTwist { WithoutRefreshToken = true }, FailureClass.ServiceConfiguration, "the scope refresh_token");
        await FailsAsync(new TokenTwist { BadSignature = true }, FailureClass.ServiceConfiguration, "not signed with the connected app's secret");
        await FailsAsync(new TokenTwist { Without = "signature" }, FailureClass.ServiceConfiguration, "not signed with the connected app's secret");
        await FailsAsync(new TokenTwist { OrgId = "00D3k000000tr3GEAQ" }, FailureClass.WrongIdentity, "00D3k000000tr3GEAQ");
        await FailsAsync(new TokenTwist { InstanceUrl = new("https://evil.example.com") }, FailureClass.ServiceConfiguration, "a host that is not allowed");
        Assert.Equal(0, Requests("userinfo"));
        // The answer without a refresh token: its access token is revoked.
        await Waiting.UntilAsync(() => Simulator.Sessions().All(session => session.Username != Ann.Username), "every session is revoked");
        Assert.Equal(5, Simulator.Grants().Count(grant => grant.End == TokenEnd.Revoked));
    }

    [Fact]
    public async Task The_token_itself_must_say_the_same()
    {
        await PrepareAsync();
        Simulator.Fail(Endpoint.UserInfo, new Failure { Answer = Answer.Json(200, new { user_id = "005x00000012Q9PAAU", organization_id = Ann.OrgId }) });
        await FailsAsync(FailureClass.WrongIdentity, "authorized as 005x00000012Q9PAAU");
        Simulator.Fail(Endpoint.UserInfo, Failure.Status(403, "Bad_OAuth_Token"));
        await FailsAsync(FailureClass.NeedsSetup, "Set up the OAuth token again: Salesforce did not accept the token that it had just issued.");
        Simulator.Fail(Endpoint.UserInfo, Failure.Status(503, "down"));
        await FailsAsync(FailureClass.Unavailable, "", WriteResult.TestUnknown);
        await RevokedAsync(3);
    }

    [Fact]
    public async Task What_the_redirect_brings_instead_of_a_code_is_explained()
    {
        await PrepareAsync();
        foreach (var (error, description, failureClass, advice) in new[]
        {
            ("access_denied", "end-user denied authorization", FailureClass.NeedsSetup, "Set up the OAuth token again: the sign-in was refused"),
            ("access-denied", "", FailureClass.NeedsSetup, "Set up the OAuth token again: the sign-in was refused"),
            ("invalid_client", "app must be installed into org", FailureClass.NotPermitted, "install it"),
            ("invalid_client_id", "client identifier invalid", FailureClass.ServiceConfiguration, "Salesforce:ClientId"),
            ("redirect_uri_mismatch", "", FailureClass.ServiceConfiguration, "callback URL"),
            ("invalid_scope", "", FailureClass.ServiceConfiguration, "scopes"),
            ("invalid_grant", "ip restricted", FailureClass.NotPermitted, "login IP ranges"),
            ("inactive_user", "user is inactive", FailureClass.NotPermitted, "inactive"),
            ("app_blocked", "", FailureClass.NotPermitted, "unblock"),
            ("server_error", "", FailureClass.Unavailable, "a few minutes"),
            ("rate_limit_exceeded", "", FailureClass.Throttled, "15 minutes"),
            ("brand-new_word", "canary", FailureClass.NotPermitted, "new to this service"),
        })
        {
            Simulator.SetConsent(Consent.Refuse(error, description));
            var undecided = failureClass is FailureClass.Unavailable or FailureClass.Throttled;
            var failure = await FailsAsync(failureClass, advice, undecided ? WriteResult.TestUnknown : WriteResult.TestFailed);
            Assert.Equal(error == "access-denied" ? "access_denied" : error, failure.SalesforceCode);
        }
        Assert.Equal(0, TokenRequests);

        // The simulator's own refusals, by the app's settings.
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { NotInstalled = true });
        await FailsAsync(FailureClass.NotPermitted, "install it");
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { NotInstalled = false, Scopes = ["api"] });
        await FailsAsync(FailureClass.ServiceConfiguration, "scopes (api, refresh_token, id)");
    }

    [Fact]
    public async Task What_the_token_endpoint_refuses_is_explained()
    {
        await PrepareAsync();
        foreach (var (error, description, failureClass, advice) in new[]
        {
            ("invalid_grant", "expired authorization code", FailureClass.NeedsSetup, "Set up the OAuth token again: the sign-in was not finished in time"),
            ("invalid_grant", "invalid code verifier", FailureClass.NeedsSetup, "does not belong to this setup"),
            ("invalid_request", "invalid code verifier", FailureClass.NeedsSetup, "does not belong to this setup"),
            ("invalid_grant", "authentication failure", FailureClass.NotPermitted, "login history"),
            ("invalid_grant", "inactive user", FailureClass.NeedsSetup, "active"),
            ("invalid_client", "app must be installed into org", FailureClass.NotPermitted, "install it"),
            ("invalid_client", "invalid client credentials", FailureClass.ServiceConfiguration, "Salesforce:ClientId"),
            ("redirect_uri_mismatch", "redirect_uri must match configuration", FailureClass.ServiceConfiguration, "callback URL"),
            ("brand-new_word", "canary", FailureClass.NotPermitted, "new to this service"),
        })
        {
            Simulator.Fail(Endpoint.Token, Failure.OAuth(error, description));
            await FailsAsync(failureClass, advice);
        }
        Simulator.Fail(Endpoint.Token, Failure.OAuth("invalid_grant", "token request is already being processed"));
        await FailsAsync(FailureClass.Unavailable, "", WriteResult.TestUnknown);
        Simulator.Fail(Endpoint.Token, Failure.Status(429));
        await FailsAsync(FailureClass.Throttled, "15 minutes", WriteResult.TestUnknown);
        Assert.Empty(Simulator.Grants());
    }

    [Fact]
    public async Task Without_a_clear_answer_the_outcome_is_unknown_and_the_setup_starts_again()
    {
        await PrepareAsync();
        foreach (var failure in new[]
        {
            Failure.Status(500, "boom"), Failure.Status(503, "{\"error\":\"server_error\"}"), Failure.Html(200), Failure.Html(502), Failure.Truncated(),
            Failure.ResetBeforeProcessing(), Failure.ResetAfterProcessing(), Failure.EndlessBody(), Failure.SlowHeaders(),
        })
        {
            Simulator.Fail(Endpoint.Token, failure);
            await FailsAsync(FailureClass.OutcomeUnknown, "start the setup again", WriteResult.TestUnknown);
        }
        Simulator.Fail(Endpoint.Token, Failure.Redirect(302, new Uri("https://evil.example.com/")));
        await FailsAsync(FailureClass.ServiceConfiguration, "redirect");
        Assert.Equal(WriteResult.Activated, (await Client.SetUpAsync()).Result);
    }

    private async Task PrepareAsync()
    {
        await Client.ActivateAsync();
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
    }

    private Task<V1.Failure> FailsAsync(TokenTwist twist, FailureClass failureClass, string advice)
    {
        Simulator.Fail(Endpoint.Token, Failure.Token(twist));
        return FailsAsync(failureClass, advice);
    }

    private async Task<V1.Failure> FailsAsync(FailureClass failureClass, string advice, WriteResult result = WriteResult.TestFailed)
    {
        var before = await Client.StatusAsync();
        var completed = await Client.SetUpAsync();
        var setup = completed.Status.OAuth().LastSetup;
        Assert.Equal((result, Outcome.Failed, failureClass), (completed.Result, setup.Outcome, setup.Failure?.FailureClass));
        Assert.Contains(advice, setup.Failure!.Advice, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", setup.ToString(), StringComparison.Ordinal);
        Assert.Equal(WithoutSetup(before), WithoutSetup(completed.Status));
        return setup.Failure;
    }

    private static CredentialStatus WithoutSetup(CredentialStatus status)
    {
        var rest = new CredentialStatus(status) { Etag = "", Advice = "" };
        rest.OAuth().LastSetup = null;
        return rest;
    }

    private async Task RevokedAsync(int grants, Personality personality = Personality.Production) => await Simulator
        .WaitForGrantsAsync(all => all.Count == grants && all.All(grant => grant.End == TokenEnd.Revoked), personality, TestContext.Current.CancellationToken)
        .WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
}
