namespace GrpcCreds.Server.Store;

/// <summary>Why a store without a meta entry but with data is not treated as a new one.</summary>
internal static class MetaLost
{
    /// <summary>As a new store it would get a different deployment id, and nothing in it would open any more.</summary>
    public static StoreRefusedException Refusal() => new(
        StoreReason.Foreign,
        "the store's meta entry is gone, but tenants' data is still there: restore the meta entry or the whole store from a backup, or use an empty store");
}
