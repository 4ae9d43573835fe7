using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace GrpcCreds.Server.Store;

/// <summary>Which change index a tenant is in: the same for every process and version, because it is part of the stored layout.</summary>
internal static class Partition
{
    public static int Of(TenantId tenant, int partitions)
    {
        if (partitions == 1)
            return 0;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.ASCII.GetBytes(tenant.ToString()), hash);
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(hash) % (uint)partitions);
    }
}
