using System.Text.Json;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>One HTTP response, complete before its first byte is sent, so that a script can replace, corrupt or delay it.</summary>
public sealed record Answer(int Status, string ContentType, string Body)
{
    /// <summary>Additional headers.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The exceptionCode if this is a SOAP fault; used by the ledger.</summary>
    internal string? ExceptionCode { get; init; }

    /// <summary>Error and description if this is an OAuth error; stored in the ledger.</summary>
    internal string? Error { get; init; }

    public static Answer Xml(int status, string body) => new(status, "text/xml; charset=utf-8", body);

    public static Answer Json(int status, object body) => new(status, "application/json;charset=UTF-8", JsonSerializer.Serialize(body));

    public static Answer Text(int status, string body) => new(status, "text/plain", body);

    public static Answer Redirect(string location) =>
        new(302, "text/plain", "") { Headers = new Dictionary<string, string> { ["Location"] = location, ["Cache-Control"] = "no-cache, no-store" } };

    /// <summary>A page for people: without scripts, external content or framing.</summary>
    internal static Answer Page(string body) =>
        new(200, "text/html; charset=utf-8", $"<!DOCTYPE html><html lang=\"en\"><head><title>Salesforce simulator</title></head><body>{body}</body></html>")
        {
            Headers = new Dictionary<string, string>
            {
                ["Cache-Control"] = "no-cache, no-store",
                ["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'",
            },
        };

    public static Answer Html(int status)
    {
        var text = status == 404 ? "URL No Longer Exists" : "We are down for maintenance.";
        return new(status, "text/html; charset=utf-8", $"<html><head><title>Salesforce</title></head><body><h1>{text}</h1></body></html>");
    }
}
