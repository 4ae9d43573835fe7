using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;

namespace GrpcCreds.Client;

/// <summary>Why Salesforce refused a request.</summary>
/// <param name="IsSessionDead">
/// true: the session has ended, and a newer one solves it. false: a policy of the org forbids the call, which no session solves.
/// </param>
/// <param name="SalesforceCode">Salesforce's code; empty if it sent none.</param>
internal sealed record Refusal(bool IsSessionDead, string SalesforceCode)
{
    private const int MostRead = 64 * 1024;
    private const string SessionInvalid = "INVALID_SESSION_ID";

    /// <summary>
    /// Reads the reason, and leaves the response readable from its beginning. The REST API answers 401 with a list of errors in JSON; identity
    /// endpoints answer 403 and one word of plain text.
    /// </summary>
    /// <returns>null if the response does not refuse a session.</returns>
    public static async Task<Refusal?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden))
            return null;
        var body = await BeginningAsync(response, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.Forbidden)
            return body.AsSpan().Trim().SequenceEqual("Bad_OAuth_Token") ? new(true, "Bad_OAuth_Token") : null;
        var code = Code(body);
        var isPolicy = body.Contains("This session is not valid for use with the", StringComparison.Ordinal) || code is not ("" or SessionInvalid);
        return new(!isPolicy, code);
    }

    /// <summary>The same without the code if the code quotes the token that was sent, because reports and logs show the code.</summary>
    public Refusal WithoutEchoOf(SalesforceSession session)
    {
        var token = session.RevealAccessToken();
        return token.Contains(SalesforceCode, StringComparison.OrdinalIgnoreCase) || SalesforceCode.Contains(token, StringComparison.OrdinalIgnoreCase)
            ? this with { SalesforceCode = "" }
            : this;
    }

    private static async Task<string> BeginningAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        var buffer = (await reader.ReadAtLeastAsync(MostRead, cancellationToken).ConfigureAwait(false)).Buffer;
        var text = Encoding.UTF8.GetString(buffer.Slice(0, Math.Min(buffer.Length, MostRead)));
        reader.AdvanceTo(buffer.Start);
        var again = new StreamContent(reader.AsStream());
        foreach (var (name, values) in response.Content.Headers.NonValidated)
            again.Headers.TryAddWithoutValidation(name, values);
        response.Content = again;
        return text;
    }

    /// <summary>The errorCode of <c>[{"message": …, "errorCode": …}]</c>; empty if the body is something else.</summary>
    private static string Code(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement is { ValueKind: JsonValueKind.Array } errors && errors.GetArrayLength() > 0 &&
                errors[0] is { ValueKind: JsonValueKind.Object } error && error.TryGetProperty("errorCode", out var code) &&
                code.ValueKind == JsonValueKind.String && CredentialSource.IsSalesforceCode(code.GetString()!)
                ? code.GetString()!
                : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
