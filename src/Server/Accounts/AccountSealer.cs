using System.Text.Json;
using System.Text.Json.Serialization;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Accounts;

/// <summary>
/// Turns an account's record into what the store keeps (JSON, sealed for exactly this account and version) and back. Sealed with the audit key:
/// nobody could list these entries to seal them again, so no key that is replaced may hold one.
/// </summary>
internal sealed class AccountSealer(Sealer sealer)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter() },
    };

    public byte[] Seal(string account, long version, AccountRecord record) =>
        sealer.SealForAudit(Purpose(account, version), JsonSerializer.SerializeToUtf8Bytes(record, Json));

    /// <exception cref="StoreUnavailableException">
    /// It cannot be trusted. Taken for empty it might cost the user their account; so no login is sent until the entry's lifetime is over.
    /// </exception>
    public AccountRecord Open(string account, CasEntry? stored)
    {
        if (stored is null)
            return AccountRecord.Empty;
        var bytes = sealer.Open(Purpose(account, stored.Version), stored.Sealed.Span)
            ?? throw new StoreUnavailableException("what protects the Salesforce user cannot be unsealed; it ends by itself within 16 minutes");
        try
        {
            return JsonSerializer.Deserialize<AccountRecord>(bytes, Json) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new StoreUnavailableException("what protects the Salesforce user is of a form this version does not know; it ends by itself within 16 minutes");
        }
    }

    private static SealedFor Purpose(string account, long version) => new("account", account, version);
}
