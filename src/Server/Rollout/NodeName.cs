using System.Security.Cryptography;
using System.Text;

namespace GrpcCreds.Server.Rollout;

/// <summary>
/// Which node: what it calls itself, and the process it is, mean nothing without who it proved to be. An empty <paramref name="NodeId"/> is a caller that
/// only observes: it is remembered what it was sent, and it counts nowhere.
/// </summary>
/// <param name="Caller">The caller's identity.</param>
/// <param name="NodeId">Its name.</param>
/// <param name="InstanceId">The process; empty if it does not say.</param>
internal readonly record struct NodeName(string Caller, string NodeId, string InstanceId) : IComparable<NodeName>
{
    public bool IsObserver => NodeId == "";

    /// <summary>Under which a server keeps what it knows of the node: of a fixed length, whatever a name is made of.</summary>
    public string KeyAt(string server) =>
        $"{server}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Caller}\0{NodeId}\0{InstanceId}")).AsSpan(0, 10))}";

    /// <summary>By what a person looks for first.</summary>
    public int CompareTo(NodeName other) =>
        string.CompareOrdinal(NodeId, other.NodeId) is not 0 and var byId ? byId
        : string.CompareOrdinal(Caller, other.Caller) is not 0 and var byCaller ? byCaller
        : string.CompareOrdinal(InstanceId, other.InstanceId);
}
