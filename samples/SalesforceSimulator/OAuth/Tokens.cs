using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The tokens issued by a grant at one time.</summary>
/// <param name="Session">The session whose id is the access token.</param>
/// <param name="RefreshToken">Null after a refresh without rotation.</param>
/// <param name="Scopes">The scopes of the grant.</param>
internal sealed record Tokens(SimulatedSession Session, string? RefreshToken, IReadOnlyList<string> Scopes)
{
    public static string NewRefreshToken() => $"5Aep861{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(60))}";

    /// <summary>A hash prefix long enough to distinguish tokens, and of no use to anyone who finds it.</summary>
    public static string Fingerprint(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)))[..12];

    /// <summary>Neither a session id nor a refresh token is ever printed.</summary>
    public override string ToString() => Session.ToString();
}
