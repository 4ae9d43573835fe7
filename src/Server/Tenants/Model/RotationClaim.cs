namespace GrpcCreds.Server.Tenants.Model;

/// <summary>A claimed step of a rotation. <paramref name="Attempt"/> is the rev of the commit that claimed it.</summary>
internal sealed record RotationClaim(long Attempt, DateTimeOffset StartTime)
{
    public DateTimeOffset EndTime => StartTime + Claims.Lifetime;
}
