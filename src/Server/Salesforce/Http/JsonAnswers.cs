using System.Text;
using System.Text.Json;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>Reads JSON from Salesforce without trusting it: missing values, values of another type and invalid JSON are null.</summary>
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

    /// <summary>A member of an object; the last one of that name. A member name that is not valid text never matches and hides no other.</summary>
    public static JsonElement? Member(this JsonElement element, string name)
    {
        JsonElement? found = null;
        foreach (var member in element.EnumerateObject())
        {
            if (IsNamed(member, name))
                found = member.Value;
        }
        return found;
    }

    private static bool IsNamed(JsonProperty member, string name)
    {
        try
        {
            return member.NameEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>A member of an object, if it is a non-empty string.</summary>
    public static string? Text(this JsonElement element, string name)
    {
        try
        {
            return element.Member(name) is { ValueKind: JsonValueKind.String } value && value.GetString() is { Length: > 0 } text ? text : null;
        }
        catch (InvalidOperationException)
        {
            // Bytes or escapes that are not valid text.
            return null;
        }
    }
}
