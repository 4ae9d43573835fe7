namespace GrpcCreds.SalesforceSimulator;

/// <summary>Salesforce ids: 15 case-sensitive characters, or the same plus three characters that encode the case.</summary>
internal static class SalesforceId
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

    /// <summary>The 18-character form of an id of 15 characters, or of 18 whose suffix is right.</summary>
    public static bool TryComplete(string id, out string complete)
    {
        complete = id.Length is 15 or 18 && id.All(char.IsAsciiLetterOrDigit) ? id[..15] + Suffix(id) : "";
        return complete is not "" && (id.Length == 15 || id == complete);
    }

    /// <summary>The id in 18 characters.</summary>
    /// <exception cref="ArgumentException">The text is not an id with this prefix.</exception>
    public static string Require(string id, string prefix) =>
        id.StartsWith(prefix, StringComparison.Ordinal) && TryComplete(id, out var complete)
            ? complete
            : throw new ArgumentException($"'{id}' is not a Salesforce id that begins with {prefix}");

    // Each suffix character encodes which of five characters are upper case; the leftmost is bit 0.
    private static string Suffix(string id) => string.Concat(id[..15].Chunk(5).Select(five =>
        Alphabet[Enumerable.Range(0, 5).Sum(bit => char.IsAsciiLetterUpper(five[bit]) ? 1 << bit : 0)]));
}
