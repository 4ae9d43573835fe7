using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace GrpcCreds.Server.Callers.ApiKeys;

/// <summary>
/// <code>
/// gck_0123456789ab_ + 64 hexadecimal digits
///     id, in the table   256 random bits, known only to the caller
/// </code>
/// The table holds the SHA-256 of the whole key. A slow hash would add nothing: 256 random bits cannot be guessed.
/// </summary>
internal static partial class ApiKey
{
    public const string Prefix = "gck_";

    /// <summary>Creates a new key and returns the text to print once: the key itself and its entry for the table.</summary>
    public static string Make()
    {
        var id = RandomNumberGenerator.GetHexString(12, lowercase: true);
        var key = $"{Prefix}{id}_{RandomNumberGenerator.GetHexString(64, lowercase: true)}";
        return $$"""
            Give this to the caller; it is not shown again:
            {{key}}

            Add this to the "api_keys" of the caller in Callers:File:
            {"id": "{{id}}", "sha256": "{{Convert.ToHexStringLower(Hash(key))}}"}
            """;
    }

    public static bool TryParse(string text, out string id, out byte[] sha256)
    {
        var match = Pattern().Match(text);
        (id, sha256) = match.Success ? (match.Groups[1].Value, Hash(text)) : ("", []);
        return match.Success;
    }

    public static bool IsId(string? text) => text is not null && Id().IsMatch(text);

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.ASCII.GetBytes(key));

    [GeneratedRegex(@"\Agck_([0-9a-f]{12})_[0-9a-f]{64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    [GeneratedRegex(@"\A[0-9a-f]{12}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Id();
}
