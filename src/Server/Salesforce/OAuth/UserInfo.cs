using System.Text;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>
/// The userinfo endpoint: whether a token lives, and whose it is. It always names the token's own user, unlike an identity URL, which also
/// answers others.
/// </summary>
internal static class UserInfo
{
    private const string Path = "/services/oauth2/userinfo";

    /// <summary>How a dead token is called here: with 403 and this one word as plain text.</summary>
    private const string BadToken = "Bad_OAuth_Token";

    private const string EndedAdvice = "Salesforce says that the session has ended; test again for a new one.";

    public static HttpRequestMessage Request(SalesforceSession session) => RestProbe.Get(session, Path);

    public static SessionCheck Of(CallResult result, SalesforceIdentity expected, DateTimeOffset now) => result switch
    {
        CallResult.Answered { Status: 200 } answered when Identity(answered.Body) is { } identity => identity == expected
            ? new(Liveness.Alive, null)
            : new(Liveness.Alive, new(FailureClass.WrongIdentity, null, SetupAdvice.WrongIdentity(identity, expected), now)),
        CallResult.Answered { Status: 401 or 403 } refused when Encoding.ASCII.GetString(refused.Body).Trim() == BadToken =>
            new(Liveness.Dead, new(FailureClass.Unavailable, BadToken, EndedAdvice, now)),
        // Here these are no words about the API's version, and an object is no proof.
        CallResult.Answered { Status: 200 or 404 or 410 } answered => RestProbe.NoSalesforce(answered.Status, now),
        _ => RestProbe.Of(result, Mode.Oauth, now),
    };

    private static SalesforceIdentity? Identity(byte[] body) =>
        JsonAnswers.ParseObject(body) is { } root && root.Text("organization_id") is { } org && root.Text("user_id") is { } user
            ? SalesforceId.Identity(org, user)
            : null;
}
