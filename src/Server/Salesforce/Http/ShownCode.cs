using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>
/// Decides whether a code in an answer may be shown and logged: it must have the form of a code and must share nothing with what was sent. An unusual or
/// hostile answer may quote the request, and with it a password or token.
/// </summary>
internal static class ShownCode
{
    private const int MinLength = 3;
    private const int MaxLength = 80;

    /// <summary>The text if it has the form of a code, else null. A failure created with it still needs <see cref="WithoutEcho"/>.</summary>
    public static string? OfForm(string text) =>
        text.Length is >= MinLength and <= MaxLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? text : null;

    /// <summary>The failure, without its code if that equals, contains or is contained in one of the values that were sent.</summary>
    public static Failure WithoutEcho(this Failure failure, IEnumerable<string> sent) =>
        failure.SalesforceCode is { } code && sent.Any(value => IsEcho(Bare(code), Bare(value))) ? failure with { SalesforceCode = null } : failure;

    private static bool IsEcho(string code, string value) =>
        value is not "" && (code.Contains(value, StringComparison.Ordinal) || value.Contains(code, StringComparison.Ordinal));

    // A different case or different separators do not make it a different value.
    private static string Bare(string text) => string.Concat(text.Where(char.IsLetterOrDigit)).ToUpperInvariant();
}
