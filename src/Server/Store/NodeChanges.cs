namespace GrpcCreds.Server.Store;

/// <summary>Entries about nodes, and the version up to which they are now known. <paramref name="IsAll"/>: all entries, not only changed ones.</summary>
internal sealed record NodeChanges(long Version, bool IsAll, IReadOnlyList<StoredNode> Nodes);
