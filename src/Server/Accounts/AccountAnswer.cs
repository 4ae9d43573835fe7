using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Accounts;

/// <summary>Whether a login may be sent. Only <see cref="Claimed"/> allows it.</summary>
internal abstract record AccountAnswer
{
    private AccountAnswer()
    {
    }

    /// <summary>Send one login, then settle the claim.</summary>
    public sealed record Claimed(AccountClaim Claim) : AccountAnswer;

    /// <summary>Salesforce recently refused exactly these values; this is its answer.</summary>
    public sealed record Remembered(Failure Failure) : AccountAnswer;

    /// <summary>Another login of this account is in progress; it ends by <paramref name="EndTime"/>.</summary>
    public sealed record Busy(DateTimeOffset EndTime) : AccountAnswer;

    /// <summary>Too many attempts were made; try again after <paramref name="RetryAfter"/>.</summary>
    public sealed record Protected(TimeSpan RetryAfter) : AccountAnswer;
}
