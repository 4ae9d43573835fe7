using System.Text;
using System.Text.Json;

namespace GrpcCreds.Server.Salesforce;

/// <summary>Reads JSON of Salesforce without trust: what is missing, of another type or no JSON at all is null.</summary>
internal static class JsonAnswers
{
    public static JsonElement? Parse(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body.AsMemory(body.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0));
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The body as an object.</summary>
    public static JsonElement? ParseObject(byte[] body) => Parse(body) is { ValueKind: JsonValueKind.Object } root ? root : null;

    /// <summary>A member of an object, if it is a text and not an empty one.</summary>
    public static string? Text(this JsonElement element, string name)
    {
        try
        {
            return element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
        }
        catch (InvalidOperationException)
        {
            // Bytes or escapes that are no text.
            return null;
        }
    }
}
