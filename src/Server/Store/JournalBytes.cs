namespace GrpcCreds.Server.Store;

/// <summary>An entry of a journal as the store holds it; the id is empty if it is damaged.</summary>
internal sealed record JournalBytes(AuditPosition Position, Guid Id, ReadOnlyMemory<byte> Sealed);
