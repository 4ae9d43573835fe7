using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>All encodings in which a secret may appear.</summary>
internal static class Forms
{
    public static IEnumerable<(string Form, byte[] Bytes)> Of(byte[] secret)
    {
        yield return ("raw", secret);
        foreach (var (form, text) in OfBytes(secret).Concat(IsText(secret) ? OfText(Encoding.UTF8.GetString(secret)) : []))
            yield return (form, Encoding.ASCII.GetBytes(text));
        if (!IsText(secret))
            yield break;
        yield return ("UTF-16 LE", Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(secret)));
        yield return ("UTF-16 BE", Encoding.BigEndianUnicode.GetBytes(Encoding.UTF8.GetString(secret)));
        yield return ("JSON, relaxed", Encoding.UTF8.GetBytes(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(Encoding.UTF8.GetString(secret))));
        yield return ("XML", Encoding.UTF8.GetBytes(System.Security.SecurityElement.Escape(Encoding.UTF8.GetString(secret))));
        yield return ("XML text", Encoding.UTF8.GetBytes(new System.Xml.Linq.XText(Encoding.UTF8.GetString(secret)).ToString()));
    }

    private static IEnumerable<(string Form, string Text)> OfBytes(byte[] secret)
    {
        yield return ("hex", Convert.ToHexStringLower(secret));
        yield return ("HEX", Convert.ToHexString(secret));
        yield return ("HE-X", BitConverter.ToString(secret));
        for (var before = 0; before < 3; before++)
        {
            var text = Base64(secret, before);
            yield return ($"base64 behind {before}", text);
            yield return ($"base64url behind {before}", text.Replace('+', '-').Replace('/', '_'));
        }
        yield return ("percent, all", string.Concat(secret.Select(b => $"%{b:X2}")));
        yield return ("redis", string.Concat(secret.Select(OfRedis)));
    }

    private static IEnumerable<(string Form, string Text)> OfText(string secret)
    {
        yield return ("percent", Uri.EscapeDataString(secret));
        yield return ("form", WebUtility.UrlEncode(secret));
        yield return ("percent, lower case", System.Web.HttpUtility.UrlEncode(secret));
        yield return ("JSON", JavaScriptEncoder.Default.Encode(secret));
        yield return ("JSON, some", string.Concat(secret.Select(c => c switch { '"' or '\\' => $"\\{c}", > '\x7e' => $"\\u{(int)c:x4}", _ => $"{c}" })));
        yield return ("HTML", HtmlEncoder.Default.Encode(secret));
    }

    // The digits that other bytes around it, of whatever number, do not change.
    private static string Base64(byte[] secret, int before)
    {
        var all = Convert.ToBase64String([.. new byte[before], .. secret]).TrimEnd('=');
        var (first, whole) = (((before * 8) + 5) / 6, (before + secret.Length) * 8 / 6);
        return all[first..whole];
    }

    // As MONITOR prints arguments.
    private static string OfRedis(byte b) => b switch
    {
        (byte)'"' or (byte)'\\' => $"\\{(char)b}",
        >= 0x20 and < 0x7f => ((char)b).ToString(),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\x{b:x2}"),
    };

    private static bool IsText(byte[] secret) => System.Text.Unicode.Utf8.IsValid(secret);
}
