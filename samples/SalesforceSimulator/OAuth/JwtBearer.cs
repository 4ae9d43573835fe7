namespace GrpcCreds.SalesforceSimulator;

/// <summary>
/// The JWT bearer flow: an assertion in, an access token of its subject out. The caller proves only that it has the key of the app's certificate.
/// </summary>
internal static class JwtBearer
{
    public const string GrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    private static readonly TimeSpan MaxLifetime = TimeSpan.FromMinutes(3);

    private static readonly Answer Invalid = OAuthError.Json("invalid_grant", "invalid assertion");

    public static Answer Grant(HttpRequest request, World world, OAuthParameters parameters, TokenTwist twist)
    {
        var now = world.Options.TimeProvider.GetUtcNow();
        if (Assertion.Parse(parameters["assertion"]) is not { } assertion)
            return Invalid;
        if (world.Apps.Find(assertion.Issuer) is not { } app || app.KnownFrom > now)
            return OAuthError.Json("invalid_client_id", "client identifier invalid");
        if (app.NotInstalled)
            return OAuthError.Json("invalid_client", "app must be installed into org");
        if (!app.JwtBearerFlow)
            return OAuthError.Json("unsupported_grant_type", "grant type not supported");
        if (!IsAudience(assertion.Audience, request, world))
            return OAuthError.Json("invalid_grant", "audience is invalid");
        var left = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(assertion.Expires, 0, 253402300799)) - now;
        if (left <= TimeSpan.Zero || left > MaxLifetime || !app.Certificates.Any(certificate => assertion.IsSignedBy(certificate, now)))
            return Invalid;
        if (world.Users.Find(assertion.Subject) is not { } user)
            return OAuthError.Json("invalid_grant", "user hasn't approved this consumer");
        if (app.ApprovedUsers is { } approved && !approved.Contains(user.Username))
            return OAuthError.Json("invalid_app_access", "user is not admin approved to access this app");
        if (app.ApprovedUsers is null && !HasGrant(world, app, user))
            return OAuthError.Json("invalid_grant", "user hasn't approved this consumer");
        if (user.Inactive)
            return OAuthError.Json("inactive_user", "user is inactive");
        if (TokenEndpoint.Refusal(user) is { } refusal)
            return refusal;
        IReadOnlyList<string> scopes = twist.Scope?.Split(' ') ?? [.. app.Scopes.Except(["refresh_token", "offline_access"])];
        var tokens = world.Grants.Approve(app, user, scopes, TokenEndpoint.Seconds(world, user), withRefreshToken: false);
        return TokenAnswer.Of(request, world, app, user, tokens, twist);
    }

    private static bool HasGrant(World world, ConnectedApp app, SimulatedUser user) => world.Grants.Entries().Any(
        grant => grant.ConsumerKey == app.ConsumerKey && grant.Username == user.Username && grant.RefreshTokens.Any(token => token.End is null));

    // The environment's login host, a My Domain of that environment, or the URL at which this fake was reached.
    private static bool IsAudience(string audience, HttpRequest request, World world)
    {
        var sandbox = world.Personality == Personality.Sandbox;
        if (audience == (sandbox ? "https://test.salesforce.com" : "https://login.salesforce.com") || audience == World.LoginUrl(request))
            return true;
        return Uri.TryCreate(audience, UriKind.Absolute, out var url) && url is { Scheme: "https", AbsolutePath: "/" }
            && url.Host.EndsWith(".my.salesforce.com", StringComparison.Ordinal)
            && url.Host.Contains("--", StringComparison.Ordinal) == sandbox;
    }
}
