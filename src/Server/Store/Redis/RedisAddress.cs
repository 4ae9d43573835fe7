using System.Net;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>The address of a server.</summary>
internal static class RedisAddress
{
    /// <param name="host">A name or an IP address.</param>
    /// <param name="port">1 to 65,535.</param>
    public static EndPoint Of(string host, int port) => IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);

    /// <summary>As shown to a person.</summary>
    public static string Show(EndPoint endPoint) => endPoint switch
    {
        DnsEndPoint host => $"{host.Host}:{host.Port}",
        var address => address.ToString() ?? "",
    };
}
