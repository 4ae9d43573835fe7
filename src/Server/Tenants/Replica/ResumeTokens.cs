using System.Security.Cryptography;
using System.Text;
using GrpcCreds.Server.Keys;

namespace GrpcCreds.Server.Tenants.Replica;

/// <summary>
/// A keyed check value that a node receives with each revision and returns with it: it proves that this deployment has shown that revision of
/// that tenant. Made with the audit key, which is not rotated. It grants nothing: a node may still ask only for the tenants it has a right to.
/// </summary>
internal sealed class ResumeTokens(Sealer sealer)
{
    private const int Size = 16;

    public byte[] Of(TenantId tenant, long revision) =>
        sealer.Keys.Fingerprint(Encoding.UTF8.GetBytes($"resume token\0{sealer.DeploymentId}\0{tenant}\0{revision}"))[..Size];

    public bool Verify(TenantId tenant, long revision, ReadOnlySpan<byte> token) => CryptographicOperations.FixedTimeEquals(Of(tenant, revision), token);
}
