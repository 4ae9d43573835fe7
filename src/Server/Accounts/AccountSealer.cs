using System.Text.Json;
using System.Text.Json.Serialization;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Accounts;

/// <summary>
/// Converts an account's record to its stored form (JSON, sealed for exactly this account and version) and back. It is sealed with the audit
/// key: these entries cannot be listed to be resealed, so they must not be sealed with a key that is replaced.
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
    /// It cannot be trusted. Treating it as empty could lock the user's account, so no login is sent until the entry's lifetime is over.
    /// </exception>
    public AccountRecord Open(string account, CasEntry? stored)
    {
        if (stored is null)
            return AccountRecord.Empty;
        var bytes = sealer.Open(Purpose(account, stored.Version), stored.Sealed.Span)
            ?? throw new StoreUnavailableException(
                "the login protection entry of the Salesforce user cannot be unsealed; it expires automatically within 16 minutes");
        try
        {
            return JsonSerializer.Deserialize<AccountRecord>(bytes, Json) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new StoreUnavailableException(
                "the login protection entry of the Salesforce user has a format this version does not know; it expires automatically within 16 minutes");
        }
    }

    private static SealedFor Purpose(string account, long version) => new("account", account, version);
}
