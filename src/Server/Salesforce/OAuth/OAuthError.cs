using System.Text;
using GrpcCreds.Server.Salesforce.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>An error of the OAuth endpoints. Both texts are Salesforce's, or whoever's: they are compared and never shown.</summary>
internal sealed record OAuthError(string Error, string? Description)
{
    private const string FormBegin = "error=";

    /// <summary>The error of a JSON body, or null if it is none.</summary>
    public static OAuthError? Parse(byte[] body) =>
        JsonAnswers.ParseObject(body) is { } root && root.Text("error") is { } error ? new(error, root.Text("error_description")) : null;

    /// <summary>The same of the revocation endpoint, which may also answer in the form of a query.</summary>
    public static OAuthError? ParseAny(byte[] body)
    {
        if (Parse(body) is { } error)
            return error;
        var text = Encoding.UTF8.GetString(body);
        if (!text.StartsWith(FormBegin, StringComparison.Ordinal))
            return null;
        var form = QueryHelpers.ParseQuery(text);
        string? Value(string name) => form.GetValueOrDefault(name).FirstOrDefault();
        return Value("error") is { Length: > 0 } word ? new(word, Value("error_description")) : null;
    }

    // Printed it would show texts that are not ours.
    public override string ToString() => OAuthErrorWord.Known(Error) ?? "an unknown OAuth error";
}
