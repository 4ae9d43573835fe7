using System.Globalization;
using System.Text.Json;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The part of the Connect REST API that lists external client apps and rotates their credentials.</summary>
internal static class AppEndpoints
{
    private const string Base = "/services/data/v{version}/apps/oauth";

    public static void MapApps(this IEndpointRouteBuilder routes, World world)
    {
        Map("GET", $"{Base}/usage", Endpoint.AppUsage, needs: 59, (context, _) => Usage(context, world));
        Map("GET", $"{Base}/credentials/{{app}}", Endpoint.AppCredentials, needs: 60, (context, _) => Consumers(context, world));
        Map("GET", $"{Base}/credentials/{{app}}/{{consumer}}/staged", Endpoint.StagedCredentials, needs: 65, (context, _) => Staged(context, world));
        Map("POST", $"{Base}/credentials/{{app}}/{{consumer}}/staged", Endpoint.StageCredentials, needs: 65, (context, user) =>
            Find(context, world) is not { } found ? RestError.NotFound
                : found.App.IsPackaged ? RestError.Of(400, "INVALID_OPERATION", "Staged credentials are available for local external client apps only.")
                : world.Apps.Stage(found.AppId, user.Print(user.UserId)) is null ? RestError.Of(400, "INVALID_OPERATION", "Staged credentials exist already.")
                : Staged(context, world, status: 201));
        Map("PATCH", $"{Base}/credentials/{{app}}/{{consumer}}/staged/{{id}}", Endpoint.RotateCredentials, needs: 65, (context, _) =>
            Find(context, world) is { } found && world.Apps.Rotate(found.AppId, Value(context, "id")) ? Staged(context, world) : RestError.NotFound);
        Map("DELETE", $"{Base}/credentials/{{app}}/{{consumer}}/staged/{{id}}", Endpoint.DropCredentials, needs: 65, (context, _) =>
            Find(context, world) is { } found && world.Apps.Drop(found.AppId, Value(context, "id")) ? Answer.Text(204, "") : RestError.NotFound);

        void Map(string method, string route, Endpoint endpoint, int needs, Func<HttpContext, SimulatedUser, Answer> process) =>
            routes.MapMethods(route, [method], async context =>
            {
                var session = Bearer.Session(context.Request, world);
                var isRotate = endpoint != Endpoint.RotateCredentials || await IsRotateAsync(context.Request);
                await new Exchange(context, world, endpoint) { Username = session?.Username }.RunAsync(() =>
                    DataEndpoints.Refusal(context, world, session)
                    ?? Refusal(world, Bearer.User(session, world)!, Value(context, "version"), needs)
                    ?? (isRotate ? process(context, Bearer.User(session, world)!) : RestError.Of(400, "INVALID_INPUT", "command must be rotate")));
            });
    }

    private static Answer? Refusal(World world, SimulatedUser user, string version, int needs)
    {
        if (decimal.Parse(version, CultureInfo.InvariantCulture) < needs)
            return RestError.NotFound;
        if (!world.AppSecretsByApi)
            return RestError.Of(403, "FUNCTIONALITY_NOT_ENABLED", "Access to external client app consumer secrets via REST API is not enabled.");
        return user.ExternalClientAppDeveloper && user.ViewClientSecret
            ? null
            : RestError.Of(403, "INSUFFICIENT_ACCESS", "You don't have the permissions that this resource requires.");
    }

    // With small pages, so that clients have to follow them.
    private static Answer Usage(HttpContext context, World world)
    {
        const int PageSize = 2;
        var page = int.TryParse(context.Request.Query["page"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 0;
        var all = world.Apps.Numbered();
        var path = context.Request.Path;
        return Answer.Json(200, new
        {
            apps = all.Skip(page * PageSize).Take(PageSize).Select(each => new
            {
                identifier = each.AppId, developerName = $"App{each.AppId}", type = "ExternalClientApplication",
            }),
            currentPageUrl = $"{path}?page={page}",
            nextPageUrl = all.Count > (page + 1) * PageSize ? $"{path}?page={page + 1}" : null,
        });
    }

    private static Answer Consumers(HttpContext context, World world)
    {
        var found = world.Apps.Numbered().FirstOrDefault(each => each.AppId == Value(context, "app"));
        if (found.App is null)
            return RestError.NotFound;
        var url = $"{context.Request.Path}/{found.ConsumerId}";
        return Answer.Json(200, new
        {
            consumers = new[] { new { id = found.ConsumerId, key = found.App.ConsumerKey, name = found.AppId, url, stagedCredentialsUrl = $"{url}/staged" } },
            currentPageUrl = context.Request.Path.Value,
            nextPageUrl = (string?)null,
        });
    }

    private static Answer Staged(HttpContext context, World world, int status = 200)
    {
        if (Find(context, world) is not { } found)
            return RestError.NotFound;
        var list = $"/services/data/v{Value(context, "version")}/apps/oauth/credentials/{found.AppId}/{found.ConsumerId}/staged";
        StagedCredentials[] sets = found.Staged is { } staged ? [staged] : [];
        foreach (var set in sets)
            world.Options.OnSecret?.Invoke("consumer secret", set.ConsumerSecret);
        return Answer.Json(status, new
        {
            stagedCredentials = sets.Select(set => new
            {
                id = set.Id,
                key = set.ConsumerKey,
                secret = set.ConsumerSecret,
                state = set.IsRotated ? "Rotated" : "Active",
                createdBy = set.CreatedBy,
                createdDate = set.CreatedDate.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
                expirationDate = set.ExpirationDate.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
                url = $"{list}/{set.Id}",
            }),
            url = list,
        });
    }

    private static (string AppId, string ConsumerId, ConnectedApp App, StagedCredentials? Staged)? Find(HttpContext context, World world) =>
        world.Apps.Numbered().FirstOrDefault(each => each.AppId == Value(context, "app") && each.ConsumerId == Value(context, "consumer"))
            is { App: not null } found
            ? found
            : null;

    private static string Value(HttpContext context, string name) => (string)context.GetRouteValue(name)!;

    private static async Task<bool> IsRotateAsync(HttpRequest request)
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(request.Body, default, request.HttpContext.RequestAborted);
            return body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("command", out var command)
                && command.ValueKind == JsonValueKind.String && command.GetString() == "rotate";
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
