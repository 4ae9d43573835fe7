using System.Text.Json;
using System.Text.Json.Serialization;

namespace GrpcCreds.Server.Values;

/// <summary>Writes a tenant id as its text in JSON.</summary>
internal sealed class TenantIdJsonConverter : JsonConverter<TenantId>
{
    public override TenantId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => TenantId.Parse(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, TenantId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
