namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// A claimed completion: at most one exchange of the code may follow from it. <paramref name="Attempt"/> is the rev of the commit that claimed it.
/// </summary>
internal sealed record OpenCompletion(long Attempt, DateTimeOffset StartTime, Guid RequestId)
{
    public DateTimeOffset EndTime => StartTime + Claims.Lifetime;
}
