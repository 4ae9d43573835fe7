using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>Salesforce ids: 15 case-sensitive characters, or the same followed by 3 checksum characters that encode the case.</summary>
internal static class SalesforceId
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

    /// <summary>The 18-character form, or null if <paramref name="id"/> is not an id. The suffix of an 18-character id restores its case.</summary>
    public static string? Canonical(string? id)
    {
        if (id is null || id.Length is not (15 or 18) || !id.All(char.IsAsciiLetterOrDigit))
            return null;
        var chars = id[..15].ToCharArray();
        var suffix = new char[3];
        for (var group = 0; group < 3; group++)
        {
            var part = chars.AsSpan(group * 5, 5);
            var bits = id.Length == 15 ? UpperCaseBits(part) : Alphabet.IndexOf(char.ToUpperInvariant(id[15 + group]), StringComparison.Ordinal);
            if (bits < 0 || (id.Length == 18 && !Recase(part, bits)))
                return null;
            suffix[group] = Alphabet[bits];
        }
        return new string(chars) + new string(suffix);
    }

    /// <summary>
    /// Whether an 18-character id was mistyped: it has both upper-case and lower-case letters, so its case was not changed as a whole, but the suffix does
    /// not match the first 15 characters. Restoring the case from the suffix would produce a different id.
    /// </summary>
    public static bool IsTypo(string id) => id.Length == 18 && id.Any(char.IsAsciiLetterUpper) && id.Any(char.IsAsciiLetterLower) && Canonical(id[..15]) != id;

    /// <summary>The 18-character id of an org, or null if it is none.</summary>
    public static string? OfOrg(string? id) => WithPrefix(id, "00D");

    /// <summary>The 18-character id of a user, or null if it is none.</summary>
    public static string? OfUser(string? id) => WithPrefix(id, "005");

    /// <summary>Org and user, or null if these are not the ids of an org and a user.</summary>
    public static SalesforceIdentity? Identity(string orgId, string userId) => OfOrg(orgId) is { } org && OfUser(userId) is { } user ? new(org, user) : null;

    private static string? WithPrefix(string? id, string prefix) =>
        Canonical(id) is { } canonical && canonical.StartsWith(prefix, StringComparison.Ordinal) ? canonical : null;

    private static int UpperCaseBits(ReadOnlySpan<char> part)
    {
        var bits = 0;
        for (var i = 0; i < part.Length; i++)
            bits |= char.IsAsciiLetterUpper(part[i]) ? 1 << i : 0;
        return bits;
    }

    private static bool Recase(Span<char> part, int bits)
    {
        for (var i = 0; i < part.Length; i++)
        {
            var upper = (bits >> i & 1) == 1;
            if (upper && !char.IsAsciiLetter(part[i]))
                return false;
            part[i] = upper ? char.ToUpperInvariant(part[i]) : char.ToLowerInvariant(part[i]);
        }
        return true;
    }
}
