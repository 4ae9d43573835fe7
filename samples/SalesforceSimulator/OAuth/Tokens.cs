using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>What a grant gives at one time.</summary>
/// <param name="Session">Its id is the access token.</param>
/// <param name="RefreshToken">Null at a refresh without rotation.</param>
/// <param name="Scopes">Of the grant.</param>
internal sealed record Tokens(SimulatedSession Session, string? RefreshToken, IReadOnlyList<string> Scopes)
{
    public static string NewRefreshToken() => $"5Aep861{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(60))}";

    /// <summary>Enough of a hash to tell tokens apart, and of no use to who finds it.</summary>
    public static string Fingerprint(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)))[..12];

    /// <summary>Neither a session id nor a refresh token is ever printed.</summary>
    public override string ToString() => Session.ToString();
}
