namespace GrpcCreds.Server.Store;

/// <summary>
/// A small entry that belongs to no tenant and by which servers take turns; see <see cref="CasWrite"/>.
/// </summary>
internal sealed record CasEntry(long Version, ReadOnlyMemory<byte> Sealed);
