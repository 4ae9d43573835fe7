namespace GrpcCreds.Server.Store;

/// <summary>Entries about nodes, and the version up to which they are known now. <paramref name="IsAll"/>: not only what changed.</summary>
internal sealed record NodeChanges(long Version, bool IsAll, IReadOnlyList<StoredNode> Nodes);
