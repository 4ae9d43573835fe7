using GrpcCreds.Server.Keys;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: what is sealed is bound to nothing, so it opens for whoever finds it under its name.</summary>
internal sealed class NoAssociatedData : Sealer
{
    protected override byte[] AssociatedData(SealedFor purpose, string keyId) => [];
}
