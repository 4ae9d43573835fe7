namespace GrpcCreds.SalesforceSimulator;

/// <summary>The SOAP API: login() and logout(), the only calls that session clients need.</summary>
internal static class SoapEndpoints
{
    public static void MapSoap(this IEndpointRouteBuilder routes, World world)
    {
        // serverUrl ends in the organization's id; clients that post to it mean the same endpoint.
        routes.MapPost("/services/Soap/u/{version}/{org?}", context => AnswerAsync(context, world, "u"));
        routes.MapPost("/services/Soap/c/{version}/{org?}", context => AnswerAsync(context, world, "c"));
    }

    private static async Task AnswerAsync(HttpContext context, World world, string api)
    {
        var call = new SoapCall(world.Personality, api, (string)context.GetRouteValue("version")!);
        var request = await SoapRequest.ReadAsync(context.Request.Body, context.RequestAborted);
        await (Complaint(context, call, request) is { } complaint ? new Exchange(context, world, Endpoint.Other).RunAsync(() => complaint)
            : request!.Operation.LocalName == "login" ? LoginAsync(context, world, call, request)
            : LogoutAsync(context, world, call, request));
    }

    private static Answer? Complaint(HttpContext context, SoapCall call, SoapRequest? request)
    {
        if (!context.Request.Headers.ContainsKey("SOAPAction"))
            return SoapFault.OfClient("SOAPAction HTTP header missing");
        if (request is null)
            return SoapFault.Answer("XML_PARSER_ERROR", "The message is not a SOAP envelope");
        if (request.Operation.NamespaceName != call.Namespace || request.Operation.LocalName is not ("login" or "logout"))
            return SoapFault.OfClient($"No operation available for request {request.Operation}, please check the WSDL for the service.");
        return null;
    }

    private static async Task LoginAsync(HttpContext context, World world, SoapCall call, SoapRequest request)
    {
        var username = request.Parameter("username");
        var attempt = world.Logins.Begin(username);
        var exchange = new Exchange(context, world, Endpoint.Login)
        {
            Username = username,
            Decided = answer =>
            {
                if (answer.ExceptionCode is { } code)
                    attempt.Refused(code);
            },
            Ended = attempt.Ended,
        };
        await exchange.RunAsync(() =>
        {
            if (!call.HasLogin(out var complaint))
                return SoapFault.Answer("UNSUPPORTED_API_VERSION", complaint);
            var (user, refusal) = world.Users.Authenticate(username, request.Parameter("password"));
            if (user is null)
                return SoapFault.Answer(refusal!);
            var session = world.Sessions.Start(user, user.SessionSecondsValid ?? world.Options.SessionSecondsValid);
            attempt.Accepted();
            return SoapResponse.Login(call, user, session, world.InstanceUrl(context.Request, user));
        });
    }

    private static Task LogoutAsync(HttpContext context, World world, SoapCall call, SoapRequest request)
    {
        var id = request.SessionId ?? "";
        var exchange = new Exchange(context, world, Endpoint.Logout) { Username = world.Sessions.Find(id)?.Username };
        return exchange.RunAsync(() =>
            world.Sessions.End(session => session.Id == id) == 0 ? SoapFault.Answer("INVALID_SESSION_ID") : SoapResponse.Logout(call));
    }
}
