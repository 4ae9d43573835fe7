using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Rollout;

/// <summary>A node's rejection of a revision.</summary>
internal sealed record Rejection(long Revision, FailureClass Class, string Code, long Time)
{
    public bool IsSameAs(Rejection other) => (Revision, Class, Code) == (other.Revision, other.Class, other.Code);
}
