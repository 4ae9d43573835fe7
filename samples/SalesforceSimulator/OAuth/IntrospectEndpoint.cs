namespace GrpcCreds.SalesforceSimulator;

/// <summary>
/// The introspection endpoint: returns whether a token is valid and changes nothing. An app sees only its own tokens; times are in seconds.
/// </summary>
internal static class IntrospectEndpoint
{
    private static readonly Answer Inactive = Answer.Json(200, new { active = false });

    public static void MapIntrospect(this IEndpointRouteBuilder routes, World world) =>
        routes.MapPost("/services/oauth2/introspect", async context =>
        {
            var parameters = await OAuthParameters.ReadAsync(context.Request);
            var token = parameters["token"];
            var presented = world.Grants.Present(token, Endpoint.Introspect);
            var exchange = new Exchange(context, world, Endpoint.Introspect)
            {
                Username = presented?.Username ?? world.Sessions.Find(token)?.Username,
                Decided = answer =>
                {
                    if (answer.Error is not null || answer == Inactive)
                        presented?.Refused(answer.Error);
                },
                Ended = () => presented?.Ended(),
            };
            await exchange.RunAsync(() =>
            {
                if (parameters.Authenticate(world, out var error) is not { } app)
                    return error;
                var answer = AccessToken(context.Request, world, app, token) ?? RefreshToken(context.Request, world, app, token) ?? Inactive;
                if (answer != Inactive)
                    presented?.Accepted();
                return answer;
            });
        });

    private static Answer? AccessToken(HttpRequest request, World world, ConnectedApp app, string token)
    {
        var session = world.Sessions.Find(token);
        if (session?.ConsumerKey != app.ConsumerKey || Bearer.User(session, world) is not { } user)
            return null;
        return Active(request, app, user, session.Scopes!, "access_token", session.StartTime, session.ExpireTime);
    }

    private static Answer? RefreshToken(HttpRequest request, World world, ConnectedApp app, string token)
    {
        if (world.Grants.FindGood(token, app) is not { } grant || world.Users.Find(grant.User.Username) is not { Inactive: false } user)
            return null;
        var expireTime = app.RefreshTokenSeconds is { } seconds ? grant.ApproveTime.AddSeconds(seconds) : (DateTimeOffset?)null;
        return Active(request, app, user, grant.Scopes, "refresh_token", grant.ApproveTime, expireTime);
    }

    private static Answer Active(
        HttpRequest request, ConnectedApp app, SimulatedUser user, IReadOnlyList<string> scopes, string type, DateTimeOffset start, DateTimeOffset? end)
    {
        var members = new Dictionary<string, object>
        {
            ["active"] = true,
            ["scope"] = string.Join(' ', scopes),
            ["client_id"] = app.ConsumerKey,
            ["username"] = user.Username,
            ["sub"] = $"{World.LoginUrl(request)}/id/{user.Print(user.OrgId)}/{user.Print(user.UserId)}",
            ["token_type"] = type,
            ["iat"] = start.ToUnixTimeSeconds(),
            ["nbf"] = start.ToUnixTimeSeconds(),
        };
        if (end is { } time)
            members["exp"] = time.ToUnixTimeSeconds();
        return Answer.Json(200, members);
    }
}
