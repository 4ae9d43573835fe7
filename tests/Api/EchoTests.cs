using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;
using TestResult = GrpcCreds.V1.TestResult;

namespace GrpcCreds.Tests.Api;

/// <summary>A Salesforce that quotes in its codes what it was sent: none of it is shown or logged.</summary>
public sealed class EchoTests : OAuthServiceTest
{
    private const string Password = "HUNTER2_C4NARY";
    private const string Token = "T0KENC4NARY";

    public static TheoryData<string> Codes =>
        [Password, "hunter2-c4nary", "XX_HUNTER2_C4NARY_XX", "HUNTER2_C4", "C4NARY", Token,
            "NARYT0KEN", "HUNTER2_C4NARYT0KENC4NARY", "C4NARY_USER", "c4nary_user_acme_test"];

    [Theory, MemberData(nameof(Codes))]
    public async Task A_login_that_is_answered_with_what_it_sent(string code)
    {
        Simulator.AddUser(new SimulatedUser { Username = "c4nary_user@acme.test", Password = Password, SecurityToken = Token, TokenRequired = true });
        var request = Calls.SetPassword(user: "c4nary_user@acme.test", password: Password);
        request.SecurityToken = Token;
        Simulator.Fail(Endpoint.Login, Failure.Fault(code.ToUpperInvariant(), code));
        Shows((await Client.SetPasswordCredentialAsync(request)).Status.Modes[0].Candidate.LastTest);
        foreach (var status in new[] { 400, 403, 429, 503 })
        {
            Simulator.Fail(Endpoint.Data, Failure.Rest(status, code, code));
            Shows((await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.Password })).Test);
        }
        // The username is not a secret. It appears where an administrator put it.
        var status2 = await Client.StatusAsync();
        status2.Modes[0].Candidate.Username = "";
        Hides(status2.ToString());
    }

    [Fact]
    public async Task A_fault_that_is_unlike_what_was_sent_is_shown()
    {
        Simulator.Fail(Endpoint.Login, Failure.Fault("BRAND_NEW_CODE"));
        var test = (await Client.SetPasswordCredentialAsync(Calls.SetPassword())).Status.Modes[0].Candidate.LastTest;
        Assert.Equal("BRAND_NEW_CODE", test.Failure.SalesforceCode);
    }

    [Fact]
    public async Task A_code_a_verifier_and_the_apps_secret()
    {
        foreach (var pick in new Func<CompleteOAuthSetupRequest, string>[]
        {
            callback => new string([.. callback.Code.Where(char.IsAsciiLetterOrDigit)]),
            callback => callback.Code.Split('.', '=', '!')[0], _ => DefaultApps.Demo.ConsumerSecret, _ => DefaultApps.Demo.ConsumerKey,
        })
        {
            await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
            var callback = await Client.SignInAsync();
            var echo = pick(callback);
            Simulator.Fail(Endpoint.Token, Failure.OAuth(echo, echo));
            var failure = (await Client.CompleteOAuthSetupAsync(callback)).Status.OAuth().LastSetup.Failure;
            Assert.Equal("", failure.SalesforceCode);
            Hides(echo, (await Client.StatusAsync()).ToString());
        }
    }

    [Fact]
    public async Task A_state_that_comes_back_as_an_error()
    {
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var callback = await Client.SignInAsync();
        (callback.Code, callback.Error, callback.ErrorDescription) = ("", callback.State, callback.State);
        var completed = await Client.CompleteOAuthSetupAsync(callback);
        Assert.Equal(("", FailureClass.NotPermitted),
            (completed.Status.OAuth().LastSetup.Failure.SalesforceCode, completed.Status.OAuth().LastSetup.Failure.FailureClass));
        Hides(callback.State, completed.Status.ToString());
    }

    [Fact]
    public async Task An_error_of_a_refresh_and_of_a_check_is_shown_if_it_is_a_word()
    {
        await Client.ConnectAsync();
        Simulator.ExpireAccessTokens(1);
        Simulator.Fail(Endpoint.Token, Failure.OAuth(DefaultApps.Demo.ConsumerSecret, "no"));
        Assert.Equal("", (await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.Oauth })).Test.Failure.SalesforceCode);
        Simulator.Fail(Endpoint.Token, Failure.OAuth("brand_new_word", "no"));
        var test = (await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.Oauth })).Test;
        Assert.Equal((FailureClass.NotPermitted, "brand_new_word"), (test.Failure.FailureClass, test.Failure.SalesforceCode));
    }

    private static void Shows(TestResult test) => Assert.Equal((Outcome.Failed, ""), (test.Outcome, test.Failure.SalesforceCode));

    private void Hides(string shown)
    {
        foreach (var canary in new[] { "HUNTER2", "C4NARY", "T0KEN" })
            Hides(canary, shown);
    }

    private void Hides(string canary, string shown)
    {
        Assert.DoesNotContain(canary, shown, StringComparison.OrdinalIgnoreCase);
        Assert.All(Service.Logs.GetSnapshot(), record => Assert.DoesNotContain(canary, record.ToString(), StringComparison.OrdinalIgnoreCase));
    }
}
