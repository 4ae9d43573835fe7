namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// A call to Salesforce that is claimed: exactly one may follow from it. <paramref name="Attempt"/> is the rev of the commit that claimed it.
/// </summary>
internal sealed record RenewalClaim(long Attempt, RenewalCall Step, DateTimeOffset StartTime)
{
    /// <summary>When to look whether it is over, by the clock of who made it.</summary>
    public DateTimeOffset EndTime => StartTime + Claims.Lifetime;
}
