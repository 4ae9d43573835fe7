using System.Globalization;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The parts of the REST API that show whether a session works: versions, resources, limits.</summary>
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
            var exchange = new Exchange(context, world, Endpoint.Data) { Username = session?.Username };
            return exchange.RunAsync(() => Refusal(context, world, session) ?? Resource(context, session!, Interlocked.Increment(ref used)));
        });
    }

    private static Answer? Refusal(HttpContext context, World world, SimulatedSession? session)
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

    private static Answer Resource(HttpContext context, SimulatedSession session, int used)
    {
        var version = (string)context.GetRouteValue("version")!;
        var answer = (string?)context.GetRouteValue("resource") switch
        {
            null or "" => Answer.Json(200, Links(context.Request, version, session)),
            "limits" or "limits/" => Answer.Json(200, new { DailyApiRequests = new { Max = DailyRequests, Remaining = DailyRequests - used } }),
            _ => RestError.NotFound,
        };
        var usage = string.Create(CultureInfo.InvariantCulture, $"api-usage={used}/{DailyRequests}");
        return answer with { Headers = new Dictionary<string, string> { ["Sforce-Limit-Info"] = usage } };
    }

    private static Dictionary<string, string> Links(HttpRequest request, string version, SimulatedSession session) =>
        Resources
            .ToDictionary(name => name, name => $"/services/data/v{version}/{name}")
            .Append(new("identity", $"{World.LoginUrl(request)}/id/{session.OrgId}/{session.UserId}"))
            .ToDictionary();
}
