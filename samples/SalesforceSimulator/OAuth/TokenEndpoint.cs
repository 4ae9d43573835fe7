namespace GrpcCreds.SalesforceSimulator;

/// <summary>The token endpoint: an authorization code, a refresh token, an assertion, or only an app's key and secret in; an access token out.</summary>
internal static class TokenEndpoint
{
    public static void MapToken(this IEndpointRouteBuilder routes, World world) =>
        routes.MapPost("/services/oauth2/token", async context =>
        {
            var parameters = await OAuthParameters.ReadAsync(context.Request);
            var presented = world.Grants.Present(parameters["refresh_token"], Endpoint.Token);
            var exchange = new Exchange(context, world, Endpoint.Token)
            {
                Username = parameters["grant_type"] switch
                {
                    ClientCredentials.GrantType => world.Apps.Find(parameters.ConsumerKey)?.RunAs,
                    JwtBearer.GrantType => Assertion.Parse(parameters["assertion"])?.Subject,
                    _ => presented?.Username ?? world.Codes.UsernameOf(parameters["code"]),
                },
                Decided = answer =>
                {
                    if (answer.Error is { } error)
                        presented?.Refused(error);
                },
                Ended = () => presented?.Ended(),
            };
            await exchange.RunAsync(failure =>
            {
                var answer = Grant(context.Request, world, parameters, presented, failure?.Twist ?? new());
                if (answer.Error is null)
                    presented?.Accepted();
                return answer;
            });
        });

    private static Answer Grant(
        HttpRequest request, World world, OAuthParameters parameters, GrantStore.Presentation? presented, TokenTwist twist)
    {
        // The assertion proves who the caller is.
        if (parameters["grant_type"] == JwtBearer.GrantType)
        {
            world.Options.OnSecret?.Invoke("assertion", parameters["assertion"]);
            return JwtBearer.Grant(request, world, parameters, twist);
        }
        if (parameters.Authenticate(world, out var error) is not { } app)
            return error;
        return parameters["grant_type"] switch
        {
            "authorization_code" => ForCode(request, world, app, parameters, twist),
            "refresh_token" => ForRefreshToken(request, world, app, presented, twist),
            ClientCredentials.GrantType => ClientCredentials.Grant(request, world, app, twist),
            _ => OAuthError.Json("unsupported_grant_type", "grant type not supported"),
        };
    }

    private static Answer ForCode(HttpRequest request, World world, ConnectedApp app, OAuthParameters parameters, TokenTwist twist)
    {
        if (world.Codes.Take(parameters["code"]) is not { } code || code.Request.App.ConsumerKey != app.ConsumerKey)
            return OAuthError.Json("invalid_grant", "expired authorization code");
        if (code.Request.RedirectUri != parameters["redirect_uri"])
            return OAuthError.Json("redirect_uri_mismatch", "redirect_uri must match configuration");
        var (challenge, verifier) = (code.Request.Challenge, parameters["code_verifier"]);
        world.Options.OnSecret?.Invoke("code verifier", verifier);
        if (challenge is not "" && verifier is "")
            return OAuthError.Json("invalid_grant", "missing required code verifier");
        if (challenge is not "" && !CodeVerifier.Fits(verifier, challenge))
            return OAuthError.Json("invalid_grant", "invalid code verifier");
        if (Refusal(world, code.User.Username, out var user) is { } refusal)
            return refusal;
        var withRefreshToken = OAuthScopes.GiveRefreshToken(code.Request.Scopes) && !twist.WithoutRefreshToken;
        var scopes = twist.Scope?.Split(' ') ?? code.Request.Scopes;
        var tokens = world.Grants.Approve(app, user, scopes, Seconds(world, user), withRefreshToken);
        return TokenAnswer.Of(request, world, app, user, tokens, twist);
    }

    // A code_verifier has no meaning here: jsforce sends its last one again.
    private static Answer ForRefreshToken(HttpRequest request, World world, ConnectedApp app, GrantStore.Presentation? presented, TokenTwist twist)
    {
        if (presented is null)
            return OAuthError.DeadGrant;
        if (Refusal(world, presented.Username, out var user) is { } refusal)
            return refusal;
        var tokens = world.Grants.Refresh(presented, app, user, Seconds(world, user), mayRotate: !twist.WithoutRefreshToken);
        return tokens is null ? OAuthError.DeadGrant : TokenAnswer.Of(request, world, app, user, tokens, twist);
    }

    private static Answer? Refusal(World world, string username, out SimulatedUser user)
    {
        user = world.Users.Find(username)!;
        return user is null ? OAuthError.DeadGrant : Refusal(user);
    }

    /// <summary>Why a user may get no token now; null if it may.</summary>
    public static Answer? Refusal(SimulatedUser user) => user switch
    {
        { Inactive: true } => OAuthError.Json("invalid_grant", "inactive user"),
        { RestrictedIp: true } => OAuthError.Json("invalid_grant", "ip restricted"),
        { RestrictedTime: true } => OAuthError.Json("invalid_grant", "invalid login hours"),
        _ => null,
    };

    public static int Seconds(World world, SimulatedUser user) => user.SessionSecondsValid ?? world.Options.SessionSecondsValid;
}
