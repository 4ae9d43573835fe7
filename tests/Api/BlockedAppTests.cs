using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>The commonest refusals of an app, wherever Salesforce says them: in the browser, to a code, to a refresh token.</summary>
public sealed class BlockedAppTests : OAuthServiceTest
{
    public static TheoryData<string, string, FailureClass, string> Words => new()
    {
        { "OAUTH_APP_BLOCKED", "this app is blocked by admin", FailureClass.NotPermitted, "unblock or install" },
        { "OAUTH_EC_APP_NOT_FOUND", "External client app is not installed in this org", FailureClass.NotPermitted, "Approve Uninstalled Connected Apps" },
        { "app_not_found", "External client app is not installed in this org", FailureClass.NotPermitted, "Approve Uninstalled Connected Apps" },
        { "OAUTH_APP_ACCESS_DENIED", "user is not admin approved to access this app", FailureClass.NotPermitted, "Permitted Users" },
        { "OAUTH_APPROVAL_ERROR_GENERIC", "An unexpected error has occurred", FailureClass.NotPermitted, "does not say why" },
        { "unknown_error", "retry your request", FailureClass.Unavailable, "try again" },
        { "Brand-New_Word7", "what it says", FailureClass.NotPermitted, "look up its code" },
    };

    [Theory, MemberData(nameof(Words))]
    public async Task It_has_its_own_advice_and_its_code_is_shown(string word, string description, FailureClass failureClass, string advice)
    {
        var result = failureClass == FailureClass.Unavailable ? WriteResult.TestUnknown : WriteResult.TestFailed;
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());

        Simulator.Fail(Endpoint.Authorize, Failure.Authorization(new() { Decision = Decision.Refuse, Error = word, ErrorDescription = description }));
        var refused = await Client.SetUpAsync();
        Assert.Equal(result, refused.Result);
        Is(refused.Status.OAuth().LastSetup.Failure);

        Simulator.Fail(Endpoint.Token, Failure.OAuth(word, description));
        var exchanged = await Client.SetUpAsync();
        Assert.Equal(result, exchanged.Result);
        Is(exchanged.Status.OAuth().LastSetup.Failure);

        await Client.SetUpAsync();
        Simulator.ExpireAccessTokens(1);
        Simulator.Fail(Endpoint.Token, Failure.OAuth(word, description));
        Is((await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.Oauth })).Test.Failure);
        // The grant is kept: once the org's administrator has done that, it works.
        Assert.Equal(Outcome.Succeeded, (await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.Oauth })).Test.Outcome);

        void Is(V1.Failure failure)
        {
            Assert.Equal((failureClass, word), (failure.FailureClass, failure.SalesforceCode));
            Assert.Contains(advice, failure.Advice, StringComparison.Ordinal);
            Assert.DoesNotContain("password", failure.Advice, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(description, failure.Advice, StringComparison.Ordinal);
        }
    }
}
