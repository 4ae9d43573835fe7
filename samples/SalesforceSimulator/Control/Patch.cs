using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>Members of a user or an app to change; members left out keep their values.</summary>
internal sealed class Patch
{
    [JsonExtensionData]
    public Dictionary<string, JsonElement> Members { get; init; } = [];

    public T ApplyTo<T>(T record)
    {
        var changed = JsonSerializer.SerializeToNode(record, ControlJson.Options)!.AsObject();
        foreach (var (name, value) in Members)
            changed[name] = JsonNode.Parse(value.GetRawText());
        return changed.Deserialize<T>(ControlJson.Options)!;
    }
}
