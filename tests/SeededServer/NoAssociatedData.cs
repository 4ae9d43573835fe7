using GrpcCreds.Server.Keys;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: sealed data is bound to nothing, so it also opens when it is moved to another place.</summary>
internal sealed class NoAssociatedData : Sealer
{
    protected override byte[] AssociatedData(SealedFor purpose, string keyId) => [];
}
