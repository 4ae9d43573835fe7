namespace GrpcCreds.SalesforceSimulator;

/// <summary>userinfo: always the token's own user. A dead token gets 403 and one word of plain text, not 401 and JSON.</summary>
internal static class UserInfoEndpoints
{
    public static void MapUserInfo(this IEndpointRouteBuilder routes, World world) =>
        routes.MapMethods("/services/oauth2/userinfo", ["GET", "POST"], context =>
        {
            var session = Bearer.Session(context.Request, world);
            return new Exchange(context, world, Endpoint.UserInfo) { Username = session?.Username }.RunAsync(() => Answer(context, world, session));
        });

    private static Answer Answer(HttpContext context, World world, SimulatedSession? session)
    {
        if (Bearer.Token(context.Request) is null)
            return SalesforceSimulator.Answer.Text(403, "Missing_OAuth_Token");
        if (Bearer.User(session, world) is not { } user || session!.PasswordExpired)
            return SalesforceSimulator.Answer.Text(403, "Bad_OAuth_Token");
        return SalesforceSimulator.Answer.Json(200, new
        {
            sub = $"{World.LoginUrl(context.Request)}/id/{user.Print(session.OrgId)}/{user.Print(session.UserId)}",
            user_id = user.Print(session.UserId),
            organization_id = user.Print(session.OrgId),
            preferred_username = user.Username,
            nickname = user.Username,
            name = user.Username,
            email = user.Username,
            email_verified = true,
            zoneinfo = "Europe/London",
            active = true,
            user_type = "STANDARD",
            language = "en_US",
            locale = "en_GB",
            urls = Identity.Urls(world.InstanceUrl(context.Request, user), session.OrgId, session.UserId),
        });
    }
}
