using System.Text;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>The hash slot of a key, as the Redis Cluster specification defines it: CRC-16/XMODEM of the text in the first braces, modulo 16,384.</summary>
internal static class ClusterSlot
{
    public const int Count = 16384;

    public static int Of(string key)
    {
        var open = key.IndexOf('{', StringComparison.Ordinal);
        var close = open < 0 ? -1 : key.IndexOf('}', open);
        var tag = close > open + 1 ? key[(open + 1)..close] : key;
        var crc = 0;
        foreach (var value in Encoding.UTF8.GetBytes(tag))
        {
            crc ^= value << 8;
            for (var bit = 0; bit < 8; bit++)
                crc = ((crc << 1) ^ ((crc & 0x8000) != 0 ? 0x1021 : 0)) & 0xFFFF;
        }
        return crc % Count;
    }
}
