namespace GrpcCreds.SalesforceSimulator;

/// <summary>The meaning of scopes.</summary>
internal static class OAuthScopes
{
    public static bool AreSame(string one, string other) => Canonical(one) == Canonical(other);

    /// <summary>Whether a refresh token is issued; <c>full</c> does not include it.</summary>
    public static bool GiveRefreshToken(IReadOnlyList<string> scopes) => scopes.Any(scope => AreSame(scope, "refresh_token"));

    public static bool GiveApi(IReadOnlyList<string> scopes) => scopes.Contains("api") || scopes.Contains("full");

    private static string Canonical(string scope) => scope == "offline_access" ? "refresh_token" : scope;
}
