namespace GrpcCreds.SalesforceSimulator;

/// <summary>The authorization endpoint: GET asks or decides, POST receives the approve page's form.</summary>
internal static class AuthorizeEndpoints
{
    public static void MapAuthorize(this IEndpointRouteBuilder routes, World world) =>
        routes.MapMethods("/services/oauth2/authorize", ["GET", "POST"], async context =>
        {
            var parameters = await OAuthParameters.ReadAsync(context.Request);
            var consent = HttpMethods.IsPost(context.Request.Method) ? Submitted(parameters) : world.Consent;
            var exchange = new Exchange(context, world, Endpoint.Authorize) { Username = consent.Username };
            await exchange.RunAsync(failure => Decide(world, parameters, failure?.Consent ?? consent));
        });

    private static Consent Submitted(OAuthParameters parameters) => parameters["decision"] switch
    {
        "approve" => Consent.Approve(parameters["username"]),
        "refuse" => Consent.Deny,
        "deadEnd" => Consent.DeadEnd(),
        _ => Consent.RawError("invalid_request", "must use HTTP GET"),
    };

    private static Answer Decide(World world, OAuthParameters parameters, Consent consent)
    {
        if (AuthorizeRequest.Read(world, parameters, out var deadEnd) is not { } request)
            return deadEnd;
        consent = request.Refusal() ?? consent;
        return consent.Decision switch
        {
            Decision.Ask => ApprovePage.Show(world, request),
            Decision.Approve => Approve(world, request, consent.Username),
            Decision.DeadEnd => ErrorPage.Redirect(consent.Error, consent.ErrorDescription),
            Decision.RawError => OAuthError.Form(consent.Error, consent.ErrorDescription),
            _ => request.Callback(OAuthError.Encode(consent.Error, consent.ErrorDescription)),
        };
    }

    private static Answer Approve(World world, AuthorizeRequest request, string? username)
    {
        var user = world.Users.Find(username ?? request.Parameters["login_hint"]);
        if (username is null && user is null && world.Users.All() is [var first, ..])
            user = first;
        if (user is null)
            return OAuthError.Form("invalid_grant", $"there is no user '{username}'");
        if (user.Inactive)
            return request.Callback(OAuthError.Encode("inactive_user", "user is inactive"));
        if (user.RestrictedIp || user.RestrictedTime)
            return request.Callback(OAuthError.Encode("invalid_grant", "ip restricted or invalid login hours"));
        var code = world.Codes.Issue(request, user);
        return request.Callback($"code={Uri.EscapeDataString(code)}");
    }
}
