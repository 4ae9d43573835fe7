using System.Text.Json.Serialization;

namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// A claimed call to Salesforce: at most one call may follow from it. <paramref name="Attempt"/> is the rev of the commit that claimed it.
/// </summary>
internal sealed record RenewalClaim(long Attempt, RenewalCall Step, DateTimeOffset StartTime)
{
    /// <summary>
    /// The rev of the commit that made the claim again, for an attempt whose own claim has ended or was lost by the store; null for the attempt's own
    /// claim.
    /// </summary>
    public long? MadeAgain { get; init; }

    /// <summary>The rev from which a server that did not make the claim counts its lifetime.</summary>
    [JsonIgnore]
    public long Since => MadeAgain ?? Attempt;

    /// <summary>When to check whether it is over, by the clock of the server that made it.</summary>
    public DateTimeOffset EndTime => StartTime + Claims.Lifetime;
}
