using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.ClientCredentials;

/// <summary>
/// What the token endpoint's errors mean where the app is the customer's own. Other errors mean the same as in OAuth mode (<see cref="OAuthErrors"/>).
/// </summary>
internal static class ClientCredentialsErrors
{
    /// <summary>For so long after a set, Salesforce may not know a new or changed app everywhere.</summary>
    private static readonly TimeSpan NotKnownEverywhere = TimeSpan.FromMinutes(30);

    private const string NewAdvice =
        "If the app was made or changed in the last half hour, Salesforce may not know that everywhere yet: test again in 10 minutes.";
    private const string KeyAdvice =
        "The org at this My Domain does not know the consumer key: check consumer_key and my_domain. A refreshed sandbox needs a new app.";
    private const string SecretAdvice =
        "Salesforce refuses the consumer secret: copy it again from the app's OAuth settings, and save it here with its consumer key.";
    private const string DomainAdvice =
        "Salesforce answers this flow at the org's own My Domain only: copy the current My Domain from Setup, My Domain, and save it as my_domain.";
    private const string FlowAdvice = "The app does not allow the flow: enable Client Credentials Flow in the app's settings and in its policies.";
    private const string RunAsAdvice = "The app has no Run As user: choose one in the app's policies, under Client Credentials Flow.";
    private const string InactiveUserAdvice =
        "The app's Run As user is inactive: activate it in Salesforce, or choose another one in the app's policies and accept it with SetActiveMode.";
    private const string InactiveOrgAdvice = "Salesforce reports that the org is inactive: activate it, or save the credentials of another org.";
    private const string ScopeAdvice = "The app does not give the scope api: add Manage user data via APIs (api) to its OAuth scopes.";

    public static Failure Of(OAuthError error, DateTimeOffset setTime, DateTimeOffset now)
    {
        var failure = OAuthErrors.Of(error, now);
        if (failure.IsUndecided || Meaning(OAuthErrorWord.Of(error.Error), error.Description?.ToLowerInvariant() ?? "") is not { } meaning)
            return failure;
        var advice = meaning.MayBeNew && now < setTime + NotKnownEverywhere ? $"{meaning.Advice} {NewAdvice}" : meaning.Advice;
        return failure with { Class = meaning.Class, Advice = advice };
    }

    /// <summary>The app gives a token that may not use the API.</summary>
    public static Failure WithoutApi(DateTimeOffset now) => new(FailureClass.NotPermitted, null, ScopeAdvice, now);

    // Null if it means the same as in OAuth mode. MayBeNew: a new or changed app gives this error until Salesforce knows it everywhere.
    private static (FailureClass Class, string Advice, bool MayBeNew)? Meaning(string word, string text) => word switch
    {
        "invalid_client_id" => (FailureClass.LoginRefused, KeyAdvice, true),
        "invalid_client" when !text.Contains("install", StringComparison.Ordinal) => (FailureClass.LoginRefused, SecretAdvice, true),
        "invalid_grant" when text.Contains("no client credentials user", StringComparison.Ordinal) => (FailureClass.NotPermitted, RunAsAdvice, true),
        "invalid_grant" when text.Contains("not supported on this domain", StringComparison.Ordinal) => (FailureClass.LoginRefused, DomainAdvice, false),
        "unsupported_grant_type" or "oauth_flow_disabled" or "unauthorized_client" => (FailureClass.NotPermitted, FlowAdvice, true),
        "invalid_scope" => (FailureClass.NotPermitted, ScopeAdvice, true),
        "inactive_org" => (FailureClass.NotPermitted, InactiveOrgAdvice, false),
        "inactive_user" => (FailureClass.NotPermitted, InactiveUserAdvice, false),
        "invalid_grant" when text.Contains("inactive", StringComparison.Ordinal) => (FailureClass.NotPermitted, InactiveUserAdvice, false),
        _ => null,
    };
}
