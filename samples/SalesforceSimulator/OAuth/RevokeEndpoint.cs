namespace GrpcCreds.SalesforceSimulator;

/// <summary>
/// The revocation endpoint. It requires no client credentials: any holder of a token may revoke it. A token that has already ended is an error.
/// </summary>
internal static class RevokeEndpoint
{
    public static void MapRevoke(this IEndpointRouteBuilder routes, World world) =>
        routes.MapMethods("/services/oauth2/revoke", ["GET", "POST"], async context =>
        {
            var token = (await OAuthParameters.ReadAsync(context.Request))["token"];
            var presented = world.Grants.Present(token, Endpoint.Revoke);
            var exchange = new Exchange(context, world, Endpoint.Revoke)
            {
                Username = presented?.Username ?? world.Sessions.Find(token)?.Username,
                Decided = answer =>
                {
                    if (answer.Error is { } error)
                        presented?.Refused(error);
                },
                Ended = () => presented?.Ended(),
            };
            await exchange.RunAsync(() =>
            {
                if (world.Sessions.Find(token) is { GrantNumber: null })
                    return OAuthError.Form("unsupported_token_type", "this token type is not supported");
                if (!world.Grants.Revoke(token))
                    return OAuthError.Form("invalid_token", "invalid token");
                presented?.Accepted();
                return Answer.Text(200, "");
            });
        });
}
