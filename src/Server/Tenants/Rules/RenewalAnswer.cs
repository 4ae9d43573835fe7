using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>What Salesforce answered to a claimed call.</summary>
internal abstract record RenewalAnswer
{
    private RenewalAnswer()
    {
    }

    /// <summary>A new session, and the refresh token that takes the place of the one presented, if one came.</summary>
    public sealed record Renewed(SalesforceSession Session, Secret? RefreshToken = null) : RenewalAnswer;

    /// <summary>No new session; <paramref name="Unwanted"/> is a token that came all the same and is to be revoked.</summary>
    public sealed record NotRenewed(Failure Failure, GrantFate Fate, Secret? Unwanted = null) : RenewalAnswer
    {
        /// <summary>The grant's own next refresh token: the rest of the answer was of no use, and the one presented is spent.</summary>
        public Secret? Next { get; init; }
    }

    public sealed record TokenLives : RenewalAnswer;

    public sealed record TokenIsDead : RenewalAnswer;

    public sealed record SessionLives : RenewalAnswer;

    public sealed record SessionIsDead : RenewalAnswer;

    /// <summary>A check to which the session's host does not answer as Salesforce does.</summary>
    public sealed record HostIsLost(Failure Failure) : RenewalAnswer;

    /// <summary>An introspection or check that says neither.</summary>
    public sealed record Unclear(Failure Failure) : RenewalAnswer;
}
