using System.Security.Cryptography;
using System.Text;

namespace GrpcCreds.Server.Rollout;

/// <summary>
/// The identity of a node. The node id and the process are valid only together with the authenticated caller. An empty <paramref name="NodeId"/> is a caller
/// that only observes: the server remembers what it sent to it, but does not count it.
/// </summary>
/// <param name="Caller">The caller's identity.</param>
/// <param name="NodeId">The node's name.</param>
/// <param name="InstanceId">The process; empty if the node does not report it.</param>
internal readonly record struct NodeName(string Caller, string NodeId, string InstanceId) : IComparable<NodeName>
{
    public bool IsObserver => NodeId == "";

    /// <summary>The key under which a server stores the node; it has a fixed length, whatever the name.</summary>
    public string KeyAt(string server) =>
        $"{server}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Caller}\0{NodeId}\0{InstanceId}")).AsSpan(0, 10))}";

    /// <summary>Sorts by node id first, which is what people look for.</summary>
    public int CompareTo(NodeName other) =>
        string.CompareOrdinal(NodeId, other.NodeId) is not 0 and var byId ? byId
        : string.CompareOrdinal(Caller, other.Caller) is not 0 and var byCaller ? byCaller
        : string.CompareOrdinal(InstanceId, other.InstanceId);
}
