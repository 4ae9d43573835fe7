using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The success response of the token endpoint. It has no <c>expires_in</c>, and <c>issued_at</c> is a string of milliseconds.</summary>
internal static class TokenAnswer
{
    public static Answer Of(HttpRequest request, World world, ConnectedApp app, SimulatedUser user, Tokens tokens, TokenTwist twist)
    {
        var session = tokens.Session;
        var id = $"{World.LoginUrl(request)}/id/{user.Print(twist.OrgId ?? session.OrgId)}/{user.Print(twist.UserId ?? session.UserId)}";
        var issuedAt = session.StartTime.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        var members = new Dictionary<string, object?>
        {
            ["access_token"] = session.Id,
            ["refresh_token"] = tokens.RefreshToken,
            ["signature"] = Sign(app, twist.BadSignature ? $"{issuedAt}{id}" : $"{id}{issuedAt}"),
            ["scope"] = twist.Scope ?? string.Join(' ', tokens.Scopes),
            ["instance_url"] = twist.InstanceUrl?.ToString().TrimEnd('/') ?? world.InstanceUrl(request, user),
            ["id"] = id,
            ["token_type"] = "Bearer",
            ["issued_at"] = twist.NumericTime ? long.Parse(issuedAt, CultureInfo.InvariantCulture) : issuedAt,
        };
        var told = members.Where(member => member.Value is not null && member.Key != twist.Without && !twist.Members.ContainsKey(member.Key))
            .Concat(twist.Members).ToDictionary();
        return Answer.Json(200, told) with { Headers = new Dictionary<string, string> { ["Cache-Control"] = "no-cache, no-store" } };
    }

    private static string Sign(ConnectedApp app, string data) =>
        Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(app.ConsumerSecret), Encoding.UTF8.GetBytes(data)));
}
