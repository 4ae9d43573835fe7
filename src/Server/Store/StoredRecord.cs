namespace GrpcCreds.Server.Store;

/// <summary>A tenant's record as the store holds it: sealed, with the key that sealed it and the commit counter it belongs to.</summary>
internal sealed record StoredRecord(long Rev, string KeyId, ReadOnlyMemory<byte> Sealed);
