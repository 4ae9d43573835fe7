namespace GrpcCreds.SalesforceSimulator;

/// <summary>The identity URL. Errors are one word of plain text; a privileged token may read other users of its organization.</summary>
internal static class IdentityEndpoints
{
    public static void MapIdentity(this IEndpointRouteBuilder routes, World world) =>
        routes.MapMethods("/id/{org}/{user}", ["GET", "POST"], context =>
        {
            // jsforce sends the token in the query as well as in the header.
            var token = Bearer.Token(context.Request) ?? context.Request.Query["oauth_token"].FirstOrDefault();
            var session = token is null ? null : world.Sessions.Find(token);
            var exchange = new Exchange(context, world, Endpoint.Identity) { Username = session?.Username };
            return exchange.RunAsync(() => token is null ? Answer.Text(403, "Missing_OAuth_Token") : Read(context, world, session));
        });

    private static Answer Read(HttpContext context, World world, SimulatedSession? session)
    {
        if (Bearer.User(session, world) is not { } caller || session!.PasswordExpired)
            return Answer.Text(403, "Bad_OAuth_Token");
        if (!SalesforceId.TryComplete((string)context.GetRouteValue("org")!, out var org) ||
            !SalesforceId.TryComplete((string)context.GetRouteValue("user")!, out var userId))
            return Answer.Text(404, "Bad_Id");
        if (org != session.OrgId)
            return Answer.Text(403, "Wrong_Org");
        if (userId != session.UserId && !caller.ManageUsers)
            return Answer.Text(404, "No_Access");
        // The session's own user, even if its record has been given other ids since.
        var user = userId == session.UserId ? caller : world.Users.FindById(org, userId);
        return user is null ? Answer.Text(404, "Bad_Id")
            : user.Inactive ? Answer.Text(404, "Inactive")
            : Answer.Json(200, Identity.Of(world, context.Request, user, org, userId));
    }
}
