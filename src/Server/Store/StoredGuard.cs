namespace GrpcCreds.Server.Store;

/// <summary>
/// A small entry that belongs to no tenant and by which servers take turns; see <see cref="GuardWrite"/>.
/// </summary>
internal sealed record StoredGuard(long Version, ReadOnlyMemory<byte> Sealed);
