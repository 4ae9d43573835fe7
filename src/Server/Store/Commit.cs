namespace GrpcCreds.Server.Store;

/// <summary>One atomic write of a tenant.</summary>
internal sealed record Commit
{
    public required TenantId Tenant { get; init; }

    /// <summary>The id under which this commit is applied at most once: a client's request id, or one drawn by the server.</summary>
    public required RequestEntry Request { get; init; }

    /// <summary>The rev of the record this commit was decided on; 0 if there was none. Another one in the store is a conflict.</summary>
    public required long ReadRev { get; init; }

    public required StoredRecord Record { get; init; }

    /// <summary>When the tenant needs attention next, or null if never.</summary>
    public required DateTimeOffset? Due { get; init; }

    /// <summary>The audit entry, sealed.</summary>
    public required ReadOnlyMemory<byte> Audit { get; init; }

    /// <summary>An earlier request whose result this commit sets, if it is still remembered.</summary>
    public RequestResult? Ends { get; init; }

    /// <summary>The newest seq this server has seen in the tenant's partition; a store that is behind it has lost commits.</summary>
    public required long SeqSeen { get; init; }
}
