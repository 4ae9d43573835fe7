using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>What Salesforce answered to a claimed call.</summary>
internal abstract record RenewalAnswer
{
    private RenewalAnswer()
    {
    }

    /// <summary>A new session, and the refresh token that replaces the presented one, if the answer has one.</summary>
    public sealed record Renewed(SalesforceSession Session, Secret? RefreshToken = null) : RenewalAnswer;

    /// <summary>No new session; <paramref name="Unwanted"/> is a token that came anyway and must be revoked.</summary>
    public sealed record NotRenewed(Failure Failure, GrantFate Fate, Secret? Unwanted = null) : RenewalAnswer
    {
        /// <summary>The grant's next refresh token. The rest of the answer could not be used, and the presented token is spent.</summary>
        public Secret? Next { get; init; }
    }

    public sealed record TokenLives : RenewalAnswer;

    public sealed record TokenIsDead : RenewalAnswer;

    public sealed record SessionLives : RenewalAnswer;

    public sealed record SessionIsDead : RenewalAnswer;

    /// <summary>The session's host did not answer the check like Salesforce.</summary>
    public sealed record HostIsLost(Failure Failure) : RenewalAnswer;

    /// <summary>The introspection or check has no clear result.</summary>
    public sealed record Unclear(Failure Failure) : RenewalAnswer;
}
