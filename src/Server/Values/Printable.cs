using System.Globalization;
using System.Text;

namespace GrpcCreds.Server.Values;

/// <summary>
/// Makes untrusted text safe for a log: one line, of limited length, and showing what it really contains. Characters that end a line, move the
/// cursor, or hide or change the direction of the following text are written as <c>\u202E</c>.
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
            // An unpaired surrogate is enumerated as U+FFFD.
            var piece = IsPlain(rune) ? rune.ToString() : rune.IsBmp ? $"\\u{rune.Value:X4}" : $"\\U{rune.Value:X8}";
            if (cleaned.Length + piece.Length > MaxLength)
                return cleaned.Append('…').ToString();
            cleaned.Append(piece);
        }
        return cleaned.ToString();
    }

    // A backslash is escaped too: otherwise an escape made here could not be distinguished from one that was sent.
    private static bool IsPlain(Rune rune) => rune.Value != '\\' && (rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator));
}
