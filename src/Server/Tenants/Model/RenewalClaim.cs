namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// A claimed call to Salesforce: at most one call may follow from it. <paramref name="Attempt"/> is the rev of the commit that claimed it.
/// </summary>
internal sealed record RenewalClaim(long Attempt, RenewalCall Step, DateTimeOffset StartTime)
{
    /// <summary>When to check whether it is over, by the clock of the server that made it.</summary>
    public DateTimeOffset EndTime => StartTime + Claims.Lifetime;
}
