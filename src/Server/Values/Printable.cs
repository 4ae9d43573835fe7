using System.Globalization;
using System.Text;

namespace GrpcCreds.Server.Values;

/// <summary>
/// Text of strangers as it may stand in a log: one line, of bounded length, and looking like what it is. What ends a line, moves a cursor, hides or turns
/// the direction of what follows is written as <c>\u202E</c>.
/// </summary>
internal static class Printable
{
    public const int MaxLength = 200;

    public static string Of(string? text)
    {
        if (text is null)
            return "";
        var cleaned = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            // A surrogate without its other half is enumerated as U+FFFD.
            var piece = IsPlain(rune) ? rune.ToString() : rune.IsBmp ? $"\\u{rune.Value:X4}" : $"\\U{rune.Value:X8}";
            if (cleaned.Length + piece.Length > MaxLength)
                return cleaned.Append('…').ToString();
            cleaned.Append(piece);
        }
        return cleaned.ToString();
    }

    // A backslash too: else what was escaped here could not be told from what was sent so.
    private static bool IsPlain(Rune rune) => rune.Value != '\\' && (rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator));
}
