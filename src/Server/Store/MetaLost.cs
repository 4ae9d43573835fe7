namespace GrpcCreds.Server.Store;

/// <summary>Why a store without a meta entry that has something in it is not taken for a new one.</summary>
internal static class MetaLost
{
    /// <summary>Taken for a new store it would get another deployment's id, and nothing that is in it would open any more.</summary>
    public static StoreRefusedException Refusal() => new(
        StoreReason.Foreign, "the store's meta entry is gone, and tenants' data is still there: restore the meta entry or the whole store from a backup, or use an empty store");
}
