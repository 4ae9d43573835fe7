using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace GrpcCreds.Server.Callers.Limits;

/// <summary>The source of a connection for the limits: an IPv4 address, or the /64 of an IPv6 address, because one host may use all of a /64.</summary>
internal readonly record struct NetworkAddress(ulong Network, bool IsIpv6)
{
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        if (!IsIpv6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)Network);
            return $"ipv4:{new IPAddress(bytes[..4])}";
        }
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Network);
        return $"ipv6:[{new IPAddress(bytes)}/64]";
    }

    public static NetworkAddress Of(IPAddress? address)
    {
        if (address is null)
            return default;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? new(BinaryPrimitives.ReadUInt64BigEndian(bytes), IsIpv6: true)
            : new(BinaryPrimitives.ReadUInt32BigEndian(bytes), IsIpv6: false);
    }
}
