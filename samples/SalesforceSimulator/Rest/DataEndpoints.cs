using System.Globalization;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The parts of the REST API that show whether a session works and what its user may do.</summary>
internal static class DataEndpoints
{
    private const int DailyRequests = 15_000;
    private static readonly string[] Resources = ["tooling", "limits", "sobjects", "query", "queryAll", "search", "composite", "jobs"];

    public static void MapData(this IEndpointRouteBuilder routes, World world)
    {
        var used = 0;
        routes.MapGet("/services/data", context => new Exchange(context, world, Endpoint.Data).RunAsync(ApiVersions.List));
        routes.MapGet("/services/data/v{version}/{**resource}", context =>
        {
            var session = Bearer.Session(context.Request, world);
            var exchange = new Exchange(context, world, EndpointOf(context.Request.Path)) { Username = session?.Username };
            return exchange.RunAsync(() => Refusal(context, world, session) ?? Resource(context, world, session!, Interlocked.Increment(ref used)));
        });
        routes.MapPost("/services/data/v{version}/composite", async context =>
        {
            var session = Bearer.Session(context.Request, world);
            var exchange = new Exchange(context, world, Endpoint.Composite) { Username = session?.Username };
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            await exchange.RunAsync(() => Refusal(context, world, session)
                ?? WithUsage(Composite.Run(body, (path, query) => Part(path, query, world, session!)), Interlocked.Increment(ref used)));
        });
    }

    private static Endpoint EndpointOf(string path) => path.TrimEnd('/').Split('/') switch
    {
        [_, _, _, _, "query"] => Endpoint.Query,
        [_, _, _, _, "tooling", "query"] => Endpoint.Tooling,
        [_, _, _, _, "sobjects", ..] => Endpoint.Objects,
        _ => Endpoint.Data,
    };

    private static Answer Part(string path, string? query, World world, SimulatedSession session) =>
        world.Script.Take(EndpointOf(path), session.Username)?.Answer ?? OfUser(path, query, world, session) ?? RestError.NotFound;

    // Null for any other resource.
    private static Answer? OfUser(string path, string? query, World world, SimulatedSession session)
    {
        var user = Bearer.User(session, world)!;
        return path.TrimEnd('/').Split('/') switch
        {
            [_, _, _, _, "query"] => OrgData.Query(user, session.OrgId, world.Personality, query ?? ""),
            [_, _, _, _, "tooling", "query"] => OrgData.ToolingQuery(user, query ?? ""),
            [_, _, _, _, "sobjects"] => OrgData.Objects(user),
            [_, _, _, _, "sobjects", var name, "describe"] => OrgData.Describe(user, name),
            _ => null,
        };
    }

    /// <summary>Why a request to the REST API is refused; null if it is not.</summary>
    public static Answer? Refusal(HttpContext context, World world, SimulatedSession? session)
    {
        if (Bearer.Token(context.Request) is "")
            return RestError.Of(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE");
        if (session is null || Bearer.User(session, world) is not { } user)
            return RestError.SessionInvalid;
        if (session.PasswordExpired)
            return RestError.Of(403, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "The users password has expired, you must call SetPassword first");
        if (user.RestrictedIp || (session.Scopes is { } scopes && !OAuthScopes.GiveApi(scopes)))
            return RestError.Of(401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API");
        if (user.ApiDisabled)
            return RestError.Of(403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.");
        return ApiVersions.Refusal((string)context.GetRouteValue("version")!);
    }

    private static Answer Resource(HttpContext context, World world, SimulatedSession session, int used)
    {
        var version = (string)context.GetRouteValue("version")!;
        return WithUsage(
            (string?)context.GetRouteValue("resource") switch
            {
                null or "" => Answer.Json(200, Links(context.Request, version, session)),
                "limits" or "limits/" => Answer.Json(200, new { DailyApiRequests = new { Max = DailyRequests, Remaining = DailyRequests - used } }),
                _ => OfUser(context.Request.Path, context.Request.Query["q"], world, session) ?? RestError.NotFound,
            },
            used);
    }

    private static Answer WithUsage(Answer answer, int used) => answer with
    {
        Headers = new Dictionary<string, string> { ["Sforce-Limit-Info"] = string.Create(CultureInfo.InvariantCulture, $"api-usage={used}/{DailyRequests}") },
    };

    private static Dictionary<string, string> Links(HttpRequest request, string version, SimulatedSession session) =>
        Resources
            .ToDictionary(name => name, name => $"/services/data/v{version}/{name}")
            .Append(new("identity", $"{World.LoginUrl(request)}/id/{session.OrgId}/{session.UserId}"))
            .ToDictionary();
}
