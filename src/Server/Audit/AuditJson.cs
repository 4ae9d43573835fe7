using System.Text.Json;
using System.Text.Json.Serialization;

namespace GrpcCreds.Server.Audit;

/// <summary>How audit entries are written before they are sealed.</summary>
internal static class AuditJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new TenantIdJsonConverter() },
    };

    /// <summary>An outcome's display name: CANDIDATE_CHANGED.</summary>
    public static string NameOf(string outcome) => JsonNamingPolicy.SnakeCaseUpper.ConvertName(outcome);

    public static byte[] Write<T>(T entry) => JsonSerializer.SerializeToUtf8Bytes(entry, Options);

    /// <returns>Null if it has a format this version does not know.</returns>
    public static T? Read<T>(byte[] bytes)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(bytes, Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
