namespace GrpcCreds.Server.Store;

/// <summary>
/// An audit entry of a write as the store holds it; the rev is that of the commit it came with, unless the entry was tampered with.
/// </summary>
internal sealed record AuditBytes(AuditPosition Position, long Rev, ReadOnlyMemory<byte> Sealed);
