using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Tokens;

/// <summary>
/// The token endpoint's errors where the app is the customer's own. Each flow has a table of what they mean in it; the others mean the same as in OAuth
/// mode (<see cref="OAuthErrors"/>).
/// </summary>
internal static class TokenErrors
{
    /// <summary>For so long after a set, Salesforce may not know a new or changed app everywhere.</summary>
    private static readonly TimeSpan NotKnownEverywhere = TimeSpan.FromMinutes(30);

    private const string NewAdvice =
        "If the app was made or changed in the last half hour, Salesforce may not know that everywhere yet: test again in 10 minutes.";
    private const string ScopeAdvice = "The app does not give the scope api: add Manage user data via APIs (api) to its OAuth scopes.";
    private const string InactiveOrgAdvice = "Salesforce reports that the org is inactive: activate it, or save the credentials of another org.";

    /// <summary>What an error means.</summary>
    /// <param name="Class">Its class.</param>
    /// <param name="Advice">One sentence of advice.</param>
    /// <param name="MayBeNew">A new or changed app gives this error until Salesforce knows it everywhere.</param>
    public sealed record Meaning(FailureClass Class, string Advice, bool MayBeNew = false);

    /// <summary>What is the same in every flow of an app; null for any other error.</summary>
    /// <param name="word">Salesforce's error word, in lower case.</param>
    /// <param name="text">Its description, in lower case.</param>
    /// <param name="inactiveUser">The advice if the flow's user is inactive.</param>
    public static Meaning? Common(string word, string text, string inactiveUser) => word switch
    {
        "invalid_scope" => new(FailureClass.NotPermitted, ScopeAdvice, MayBeNew: true),
        "inactive_org" => new(FailureClass.NotPermitted, InactiveOrgAdvice),
        "inactive_user" => new(FailureClass.NotPermitted, inactiveUser),
        "invalid_grant" when text.Contains("inactive", StringComparison.Ordinal) => new(FailureClass.NotPermitted, inactiveUser),
        _ => null,
    };

    public static Failure Of(OAuthError error, Meaning? meaning, DateTimeOffset setTime, DateTimeOffset now)
    {
        var failure = OAuthErrors.Of(error, now);
        if (failure.IsUndecided || meaning is null)
            return failure;
        var advice = meaning.MayBeNew && now < setTime + NotKnownEverywhere ? $"{meaning.Advice} {NewAdvice}" : meaning.Advice;
        return failure with { Class = meaning.Class, Advice = advice };
    }

    /// <summary>The app gives a token that may not use the API.</summary>
    public static Failure WithoutApi(DateTimeOffset now) => new(FailureClass.NotPermitted, null, ScopeAdvice, now);
}
