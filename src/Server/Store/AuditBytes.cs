namespace GrpcCreds.Server.Store;

/// <summary>
/// An audit entry of a write as the store holds it; the rev is the one of the commit it came with, as long as nobody has touched it.
/// </summary>
internal sealed record AuditBytes(AuditPosition Position, long Rev, ReadOnlyMemory<byte> Sealed);
