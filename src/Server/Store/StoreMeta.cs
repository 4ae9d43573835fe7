namespace GrpcCreds.Server.Store;

/// <summary>The store's meta entry. <paramref name="KeyChecks"/>: key id to a value that only the right key yields.</summary>
internal sealed record StoreMeta(string DeploymentId, int FormatVersion, int Partitions, IReadOnlyDictionary<string, string> KeyChecks)
{
    /// <summary>The keys that seal or have sealed, newest first: the first is the active one. An id is never removed, so no key is activated twice.</summary>
    public IReadOnlyList<string> Sealing { get; init; } = [];
}
