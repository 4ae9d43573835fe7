namespace GrpcCreds.Server.Store;

/// <summary>Why a store is refused, as health and the start-up error show it.</summary>
internal static class StoreReason
{
    /// <summary>A setting of the engine could lose or change acknowledged data.</summary>
    public const string Unsafe = "STORE_UNSAFE";

    /// <summary>The servers are related in a way in which it is not known where a write goes, or how many must confirm it.</summary>
    public const string TopologyUnsupported = "STORE_TOPOLOGY_UNSUPPORTED";

    /// <summary>Another process uses the data directory.</summary>
    public const string InUse = "STORE_IN_USE";

    /// <summary>The data directory cannot be created or written.</summary>
    public const string NotWritable = "STORE_NOT_WRITABLE";

    /// <summary>Replicas did not confirm a write when the service started.</summary>
    public const string Unconfirmed = "STORE_UNCONFIRMED";

    /// <summary>The engine did not answer when the service started.</summary>
    public const string Unreachable = "STORE_UNREACHABLE";

    /// <summary>The data was not written by this service, or by a newer version of it.</summary>
    public const string Foreign = "STORE_FOREIGN";

    /// <summary>A setting of the service that locates the store cannot be read.</summary>
    public const string Misconfigured = "STORE_MISCONFIGURED";
}
