namespace GrpcCreds.SalesforceSimulator;

/// <summary>The session of a REST request.</summary>
internal static class Bearer
{
    /// <summary>The token of the Authorization header; null if there is no header, empty if it is malformed.</summary>
    public static string? Token(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (header is "")
            return null;
        return header.Split(' ', 2) is ["Bearer" or "OAuth", var token] ? token : "";
    }

    public static SimulatedSession? Session(HttpRequest request, World world) => world.Sessions.Find(Token(request) ?? "");

    /// <summary>The user of a live session; null if the user is inactive or was removed.</summary>
    public static SimulatedUser? User(SimulatedSession? session, World world) =>
        session is not null && world.Users.Find(session.Username) is { Inactive: false } user ? user : null;
}
