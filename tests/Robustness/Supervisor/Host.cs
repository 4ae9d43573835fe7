using System.Net;

namespace GrpcCreds.Tests.Robustness.Supervisor;

/// <summary>Where a node is: the address that it listens on and sends from, and the one that it announces, which is our proxy's.</summary>
internal sealed record Host(string Name, IPAddress Own, IPAddress Announced, int Port)
{
    /// <summary>A node of a cluster listens on this port too.</summary>
    public const int BusOffset = 10_000;

    public IPEndPoint Direct => new(Own, Port);

    public string Address => $"{Announced}:{Port}";
}
