using System.Text;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>
/// The userinfo endpoint: whether a token is valid and whose it is. It always names the token's own user, unlike an identity URL, which also accepts the
/// tokens of other users.
/// </summary>
internal static class UserInfo
{
    private const string Path = "/services/oauth2/userinfo";

    /// <summary>The answer for a dead token: 403 with this single word as plain text.</summary>
    private const string BadToken = "Bad_OAuth_Token";

    private const string EndedAdvice = "Salesforce reports that the session has ended; test again to get a new one.";

    public static HttpRequestMessage Request(SalesforceSession session) => RestProbe.Get(session, Path);

    public static SessionCheck Of(CallResult result, SalesforceIdentity expected, DateTimeOffset now) => result switch
    {
        CallResult.Answered { Status: 200 } answered when Identity(answered.Body) is { } identity => identity == expected
            ? new(Liveness.Alive, null)
            : new(Liveness.Alive, new(FailureClass.WrongIdentity, null, SetupAdvice.WrongIdentity(identity, expected), now)),
        CallResult.Answered { Status: 401 or 403 } refused when Encoding.ASCII.GetString(refused.Body).Trim() == BadToken =>
            new(Liveness.Dead, new(FailureClass.Unavailable, BadToken, EndedAdvice, now)),
        // At this endpoint 404 and 410 do not mean a missing API version, and any other JSON object proves nothing.
        CallResult.Answered { Status: 200 or 404 or 410 } answered => RestProbe.NoSalesforce(answered.Status, now),
        _ => RestProbe.Of(result, byPassword: false, now),
    };

    private static SalesforceIdentity? Identity(byte[] body) =>
        JsonAnswers.ParseObject(body) is { } root && root.Text("organization_id") is { } org && root.Text("user_id") is { } user
            ? SalesforceId.Identity(org, user)
            : null;
}
