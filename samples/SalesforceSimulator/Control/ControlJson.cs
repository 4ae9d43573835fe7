using System.Text.Json;
using System.Text.Json.Serialization;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The JSON of the control API: camelCase, names for enums, and no unknown members, because those would be typing errors.</summary>
internal static class ControlJson
{
    public static JsonSerializerOptions Options { get; } = Configure(new(JsonSerializerDefaults.Web));

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        return options;
    }
}
