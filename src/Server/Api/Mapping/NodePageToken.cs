using System.Buffers.Text;
using System.Text.Json;
using GrpcCreds.Server.Rollout;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>The end of a page of nodes: the last node's name in base64url. It contains nothing that the page does not.</summary>
internal static class NodePageToken
{
    public static string Of(NodeName name) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(name));

    /// <returns>Null for the empty token and for an invalid one (<see cref="IsValid"/>).</returns>
    public static NodeName? Parse(string token)
    {
        if (token == "" || !Base64Url.IsValid(token))
            return null;
        try
        {
            return JsonSerializer.Deserialize<NodeName>(Base64Url.DecodeFromChars(token))
                is { Caller: not null, NodeId: not null, InstanceId: not null } name ? name : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static bool IsValid(string token) => token == "" || Parse(token) is not null;
}
