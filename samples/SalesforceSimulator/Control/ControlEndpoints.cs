namespace GrpcCreds.SalesforceSimulator;

/// <summary>
/// The control API: the functions of <see cref="Simulator"/> for a simulator that runs as a program. JSON in both directions, loopback only.
/// </summary>
internal static class ControlEndpoints
{
    public const string Help = """
        {p} is production or sandbox; bodies are JSON.
        GET    /{p}/users                      POST /{p}/users {"username":…,"password":…}      PATCH, DELETE /{p}/users/{username}
                                               members for checks: "customizeApplication", "modifyAllData", "viewSetup",
                                               "objects":{"Account":["Id","Name"]}, "packages":{"Zuora":"2.102"},
                                               "externalClientAppDeveloper", "viewClientSecret"
        PUT    /{p}/lockouts/{username}        DELETE it to unlock
        POST   /{p}/failures                   {"endpoint":"login","times":1,"username":…, and what happens: "exceptionCode" | "errorCode" |
                                               "error", "errorDescription" | "consent" (authorize) | "twist" (token) |
                                               "location" | "status", "body"; and/or "delivery", "pauseMilliseconds", "bytes"}      DELETE removes all
                                               endpoints of data: data, composite, query, tooling, objects, appUsage,
                                               appCredentials, stagedCredentials, stageCredentials, rotateCredentials,
                                               dropCredentials; a part of a
                                               composite request fails as its own kind
        POST   /{p}/holds                      {"endpoint":"login","point":"beforeProcessing","username":…}, returns its number
        GET    /{p}/holds/{number}             ?requests=1&seconds=30 waits until that many have arrived      DELETE releases
        GET    /{p}/sessions                   DELETE /{p}/sessions?username=…      DELETE /{p}/sessions/{number}
        GET    /{p}/logins                     the ledger      GET /{p}/logins/{username}, its counts
        GET    /{p}/apps                       POST /{p}/apps {"consumerKey":…,"consumerSecret":…,"callbackUrls":[…]}
        PATCH  /{p}/apps/{consumerKey}         members to change, as in {"runAs":…}, {"clientCredentialsFlow":false}, {"knownFrom":…}
        POST   /{p}/apps/{consumerKey}/certificates    {"pem":…} uploads a certificate; it replaces the last one unless "maxCertificates" is 2
                                               DELETE removes the app
        GET    /{p}/apps/{consumerKey}/staged  the set that the app has staged      POST stages one, as a person does      DELETE drops it
        PUT    /{p}/app-secrets-by-api?allow=  whether the org gives consumer secrets by the REST API: true or false
        PUT    /{p}/consent                    {"decision":"ask" | "approve" | "refuse" | "deadEnd" | "rawError", "username":…,
                                               "error":…,"errorDescription":…}      GET shows it
        GET    /{p}/grants                     the ledger of grants and tokens      DELETE /{p}/grants/{number} revokes, as an administrator
        DELETE /{p}/grants/{number}/access-tokens    expires them
        GET    /{p}/requests                   the request log

        """;

    public static void MapControl(this WebApplication app, Simulator simulator)
    {
        app.Use(ControlErrors.ToAnswers);
        app.UseRouting();
        app.MapGet("/", () => Help);
        foreach (var personality in Enum.GetValues<Personality>())
        {
            var routes = app.MapGroup(personality == Personality.Sandbox ? "/sandbox" : "/production");
            MapUsers(routes, simulator, personality);
            MapScript(routes, simulator, personality);
            MapRecords(routes, simulator, personality);
            OAuthControl.MapOAuth(routes, simulator, personality);
        }
    }

    private static void MapUsers(RouteGroupBuilder routes, Simulator simulator, Personality personality)
    {
        routes.MapGet("/users", () =>
            simulator.Users(personality).Select(user => UserView.Of(user, simulator.IsLocked(user.Username, personality))));
        routes.MapPost("/users", (SimulatedUser user) => UserView.Of(simulator.AddUser(user, personality), isLocked: false));
        routes.MapPatch("/users/{username}", (string username, Patch patch) =>
            UserView.Of(simulator.ChangeUser(username, patch.ApplyTo, personality), simulator.IsLocked(username, personality)));
        routes.MapDelete("/users/{username}", (string username) => new { removed = simulator.RemoveUser(username, personality) });
        routes.MapPut("/lockouts/{username}", (string username) => simulator.Lock(username, personality));
        routes.MapDelete("/lockouts/{username}", (string username) => simulator.Unlock(username, personality));
    }

    private static void MapScript(RouteGroupBuilder routes, Simulator simulator, Personality personality)
    {
        routes.MapPost("/failures", (FailureRequest request) =>
            simulator.Fail(request.Endpoint, request.ToFailure(), request.Times, request.Username, personality));
        routes.MapDelete("/failures", () => simulator.ClearFailures(personality));
        routes.MapPost("/holds", (HoldRequest request) =>
            HoldView.Of(simulator.Hold(request.Endpoint, request.Point, request.Username, personality)));
        routes.MapGet("/holds/{number}", async (int number, int? requests, int? seconds, CancellationToken cancellationToken) =>
        {
            var hold = simulator.FindHold(number, personality);
            var enough = hold.WaitAsync(requests ?? 0, cancellationToken);
            // The response shows whether enough requests have arrived; the wait only saves the caller from polling.
            await Task.WhenAny(enough, Task.Delay(TimeSpan.FromSeconds(Math.Clamp(seconds ?? 0, 0, 60)), cancellationToken));
            return HoldView.Of(hold);
        });
        routes.MapDelete("/holds/{number}", (int number) => simulator.FindHold(number, personality).Release());
    }

    private static void MapRecords(RouteGroupBuilder routes, Simulator simulator, Personality personality)
    {
        routes.MapGet("/sessions", () => simulator.Sessions(personality).Select(SessionView.Of));
        routes.MapDelete("/sessions", (string username) => new { ended = simulator.EndSessions(username, personality) });
        routes.MapDelete("/sessions/{number}", (int number) => new { ended = simulator.EndSession(number, personality) ? 1 : 0 });
        routes.MapGet("/logins", () => simulator.Ledger(personality));
        routes.MapGet("/logins/{username}", (string username) => simulator.Logins(username, personality));
        routes.MapGet("/requests", () => simulator.Requests(personality));
    }
}
