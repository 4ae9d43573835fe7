namespace GrpcCreds.SalesforceSimulator;

/// <summary>The client credentials flow: key and secret in, an access token of the app's Run As user out. It is served on My Domain hosts only.</summary>
internal static class ClientCredentials
{
    public const string GrantType = "client_credentials";

    // What the token is not given although the app has it.
    private static readonly string[] Withheld = ["full", "web", "refresh_token", "offline_access"];

    public static Answer Grant(HttpRequest request, World world, ConnectedApp app, TokenTwist twist)
    {
        if (!world.IsMyDomain(request))
            return OAuthError.Json("invalid_grant", "request not supported on this domain");
        if (!app.ClientCredentialsFlow)
            return OAuthError.Json("unsupported_grant_type", "grant type not supported");
        if (app.RunAs is null || world.Users.Find(app.RunAs) is not { } user)
            return OAuthError.Json("invalid_grant", "no client credentials user enabled");
        if (user.Inactive)
            return OAuthError.Json("inactive_user", "user is inactive");
        if (TokenEndpoint.Refusal(user) is { } refusal)
            return refusal;
        IReadOnlyList<string> scopes = twist.Scope?.Split(' ') ?? [.. app.Scopes.Except(Withheld)];
        var tokens = app.SharesSession && Shared(world, app, user) is { } shared
            ? new Tokens(shared, null, shared.Scopes!)
            : world.Grants.Approve(app, user, scopes, TokenEndpoint.Seconds(world, user), withRefreshToken: false);
        return TokenAnswer.Of(request, world, app, user, tokens, twist);
    }

    private static SimulatedSession? Shared(World world, ConnectedApp app, SimulatedUser user) =>
        world.Sessions.Alive().LastOrDefault(session => session.ConsumerKey == app.ConsumerKey && session.UserId == user.UserId && session.OrgId == user.OrgId);
}
