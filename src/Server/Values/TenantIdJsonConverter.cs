using System.Text.Json;
using System.Text.Json.Serialization;

namespace GrpcCreds.Server.Values;

/// <summary>A tenant id in JSON is its text.</summary>
internal sealed class TenantIdJsonConverter : JsonConverter<TenantId>
{
    public override TenantId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => TenantId.Parse(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, TenantId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
