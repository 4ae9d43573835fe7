namespace GrpcCreds.Server.Store;

/// <summary>What it means that a write was acknowledged.</summary>
internal enum DurabilityClass
{
    /// <summary>It is on the disk of the store's one server.</summary>
    Disk = 1,

    /// <summary>It is on every server that can become the primary.</summary>
    Replicas,

    /// <summary>It is in the provider's log, which outlives a failover. Declared by the operator: it cannot be found out.</summary>
    Log,

    /// <summary>A failover at the provider may lose it. Declared by the operator.</summary>
    Provider,

    /// <summary>It may be lost: the operator allowed a store that breaks a requirement.</summary>
    Weak,
}
