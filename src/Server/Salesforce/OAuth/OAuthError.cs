using System.Text;
using GrpcCreds.Server.Salesforce.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>An error from the OAuth endpoints. Both texts come from outside: they are compared but never shown.</summary>
internal sealed record OAuthError(string Error, string? Description)
{
    private const string FormBegin = "error=";

    /// <summary>Reads the error from a JSON body; null if there is none.</summary>
    public static OAuthError? Parse(byte[] body) =>
        JsonAnswers.ParseObject(body) is { } root && root.Text("error") is { } error ? new(error, root.Text("error_description")) : null;

    /// <summary>Reads the error of the revocation endpoint, whose body may also be form-encoded.</summary>
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

    // The default text would show the texts from outside.
    public override string ToString() => OAuthErrorWord.Known(Error) ?? "an unknown OAuth error";
}
