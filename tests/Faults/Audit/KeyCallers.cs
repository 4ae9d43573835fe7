using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using Grpc.Core.Interceptors;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Faults.Audit;

/// <summary>A table of callers with API keys: node-0, node-1, …, each a node, "admin", "viewer" and "auditor", each for all tenants.</summary>
internal sealed class KeyCallers
{
    private readonly Dictionary<string, string> keys;

    public KeyCallers(int nodes, string file)
    {
        Nodes = [.. Enumerable.Range(0, nodes).Select(number => $"node-{number}")];
        keys = Nodes.Concat(["admin", "viewer", "auditor"]).ToDictionary(
            name => name, _ => $"gck_{RandomNumberGenerator.GetHexString(12, lowercase: true)}_{RandomNumberGenerator.GetHexString(64, lowercase: true)}");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            callers = keys.Select(caller => new
            {
                name = caller.Key,
                api_keys =
                    new[] { new { id = caller.Value[4..16], sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(caller.Value))) } },
                grants = new[] { new { role = caller.Key.Split('-')[0], tenants = new[] { "*" } } },
            }),
        }));
    }

    public IReadOnlyList<string> Nodes { get; }

    /// <summary>By name.</summary>
    public IReadOnlyDictionary<string, string> Keys => keys;

    public SyncCredentials.SyncCredentialsClient As(string name, ChannelBase channel) => new(Invoker(name, channel));

    public CallInvoker Invoker(string name, ChannelBase channel) => channel.Intercept(metadata =>
    {
        metadata.Add("authorization", $"Bearer {keys[name]}");
        return metadata;
    });
}
