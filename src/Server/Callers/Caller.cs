using Grpc.Core;

namespace GrpcCreds.Server.Callers;

/// <summary>
/// Who calls. Until callers can prove who they are the service starts only in Development and on loopback, and every caller is this one,
/// with all roles.
/// </summary>
internal sealed record Caller(string Name, string From)
{
    public static Caller Of(ServerCallContext context) => new("development", context.Peer);
}
