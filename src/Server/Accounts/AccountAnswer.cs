using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Accounts;

/// <summary>Whether a login may be sent. Nothing but <see cref="Claimed"/> allows it.</summary>
internal abstract record AccountAnswer
{
    private AccountAnswer()
    {
    }

    /// <summary>Send one login, then settle the claim.</summary>
    public sealed record Claimed(AccountClaim Claim) : AccountAnswer;

    /// <summary>Salesforce refused these very values lately; this is what it said.</summary>
    public sealed record Remembered(Failure Failure) : AccountAnswer;

    /// <summary>Another login of this account is under way; it ends by then.</summary>
    public sealed record Busy(DateTimeOffset EndTime) : AccountAnswer;

    /// <summary>Too much was tried; again after this time.</summary>
    public sealed record Protected(TimeSpan RetryAfter) : AccountAnswer;
}
