using System.Text.Json;
using System.Text.Json.Nodes;
using System.Web;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>
/// <c>/composite</c>: up to 25 GET requests in one. Each part is answered, and may be scripted to fail, as if it had come alone.
/// </summary>
internal static class Composite
{
    private const int MaxParts = 25;

    /// <param name="body">The body of the request.</param>
    /// <param name="part">Answers a part, by its path after the version and its query.</param>
    public static Answer Run(string body, Func<string, string?, Answer> part)
    {
        if (Parts(body) is not { } parts)
            return RestError.Of(400, "JSON_PARSER_ERROR", "the request is not a composite request of GETs with URLs below /services/data");
        if (parts.Count > MaxParts)
            return RestError.Of(400, "LIMIT_EXCEEDED", $"a composite request may have {MaxParts} parts");
        var answers = parts.Select(each =>
        {
            var answer = part(each.Url.AbsolutePath, HttpUtility.ParseQueryString(each.Url.Query)["q"]);
            return new JsonObject
            {
                ["body"] = Body(answer),
                ["httpHeaders"] = new JsonObject(),
                ["httpStatusCode"] = answer.Status,
                ["referenceId"] = each.ReferenceId,
            };
        });
        return Answer.Json(200, new JsonObject { ["compositeResponse"] = new JsonArray([.. answers]) });
    }

    private static List<(Uri Url, string ReferenceId)>? Parts(string body)
    {
        try
        {
            return JsonNode.Parse(body)?["compositeRequest"] is JsonArray parts && parts.All(each => (string?)each?["method"] == "GET")
                ? [.. parts.Select(each => (new Uri(new Uri("http://localhost"), (string)each!["url"]!), (string)each["referenceId"]!))]
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or UriFormatException or ArgumentNullException)
        {
            return null;
        }
    }

    // What is not JSON is sent as text.
    private static JsonNode? Body(Answer answer)
    {
        try
        {
            return JsonNode.Parse(answer.Body);
        }
        catch (JsonException)
        {
            return JsonValue.Create(answer.Body);
        }
    }
}
