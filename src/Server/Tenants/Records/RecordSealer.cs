using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Tenants.Records;

/// <summary>
/// Converts a record to its stored form (JSON, sealed for exactly this tenant and rev) and back. This is the only place where the secrets of
/// a record are written out.
/// </summary>
internal sealed class RecordSealer(Sealer sealer)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        Converters = { new SecretConverter(), new TenantIdJsonConverter(), new JsonStringEnumConverter() },
    };

    public StoredRecord Seal(TenantRecord record)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(record, Json);
        var stored = Seal(record.Tenant, record.Rev, bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return stored;
    }

    /// <summary>
    /// The same record, byte for byte, sealed with the current writing key; null if it does not open. It is not parsed, so nothing that a newer
    /// version wrote into it is lost.
    /// </summary>
    public StoredRecord? Reseal(TenantId tenant, StoredRecord stored)
    {
        if (sealer.Open(Purpose(tenant, stored.Rev), stored.Sealed.Span) is not { } bytes)
            return null;
        var resealed = Seal(tenant, stored.Rev, bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return resealed;
    }

    /// <summary>
    /// Opens what the store has of a tenant. Any kind of damage gives an unreadable snapshot, never a missing or a wrong record.
    /// </summary>
    public RecordSnapshot Open(StoredTenant stored)
    {
        if (stored.Record is null)
            return stored.IsLost ? RecordSnapshot.Unreadable(stored.Tenant, null) : RecordSnapshot.OfNone(stored.Tenant);
        if (sealer.Open(Purpose(stored.Tenant, stored.Record.Rev), stored.Record.Sealed.Span) is not { } bytes)
            return RecordSnapshot.Unreadable(stored.Tenant, stored.Record);
        try
        {
            // No rev can follow the very last one: nothing could be written any more.
            return JsonSerializer.Deserialize<TenantRecord>(bytes, Json) is { Rev: < long.MaxValue } record
                && record.Tenant == stored.Tenant && record.Rev == stored.Record.Rev
                ? RecordSnapshot.Of(record, stored.Record)
                : RecordSnapshot.Unreadable(stored.Tenant, stored.Record);
        }
        catch (Exception exception) when (exception
            is JsonException or FormatException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            // Sealed by this deployment, in a format this version does not know.
            return RecordSnapshot.Unreadable(stored.Tenant, stored.Record);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    // The key's id is taken from the sealed bytes: the writing key may have changed in the meantime.
    private StoredRecord Seal(TenantId tenant, long rev, byte[] bytes)
    {
        var sealedBytes = sealer.Seal(Purpose(tenant, rev), bytes);
        return new StoredRecord(rev, Sealer.KeyIdOf(sealedBytes), sealedBytes);
    }

    private static SealedFor Purpose(TenantId tenant, long rev) => new("record", tenant.ToString(), rev);

    private sealed class SecretConverter : JsonConverter<Secret>
    {
        public override Secret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) => writer.WriteStringValue(value.Reveal());
    }
}
