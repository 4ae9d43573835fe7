namespace GrpcCreds.Server.Store;

/// <summary>
/// A small entry that belongs to no tenant and that servers write by compare-and-swap; see <see cref="CasWrite"/>.
/// </summary>
internal sealed record CasEntry(long Version, ReadOnlyMemory<byte> Sealed);
