using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Credentials;

namespace GrpcCreds.Server.Salesforce;

/// <summary>
/// Renews a session: claims it in the record, logs in once, commits the answer if the claim still stands. Password mode is the first case
/// of it; what differs between modes is <see cref="AskAsync"/> alone.
/// </summary>
internal sealed partial class Renewal(Ledger ledger, Logins logins, Answers answers, TimeProvider clock, ILogger<Renewal> log)
{
    /// <summary>A claim older than this is not followed by a request: others may believe that it has ended.</summary>
    private static readonly TimeSpan MaxClaimAge = TimeSpan.FromSeconds(5);

    /// <summary>Renews the tenant's session, unless that is not due or somebody else is at it.</summary>
    public async Task RenewAsync(TenantId tenant)
    {
        var claimedAt = clock.GetTimestamp();
        if (await ledger.ApplyOwnAsync(tenant, new Command.ClaimRenewal(), "CLAIM_RENEWAL", CancellationToken.None) is not Applied.Done { State.Renewal: { } claim } claimed)
            return;
        var verdict = await AskAsync(claimed.State, claimedAt);
        await answers.CommitAsync(tenant, new Command.FinishRenewal(claim.Attempt, verdict), Origin.Service("RENEW"));
        if (verdict.Failure is { } failure)
            Log.Failed(log, tenant, failure.Class, failure.SalesforceCode, failure.Advice);
    }

    private async Task<TestVerdict> AskAsync(TenantRecord claimed, long claimedAt)
    {
        var credential = claimed.Password.Current!;
        return await logins.RenewAsync(credential, maySend: () => clock.GetElapsedTime(claimedAt) < MaxClaimAge);
    }

    private static partial class Log
    {
        [LoggerMessage(420, LogLevel.Warning, "The session of tenant {Tenant} could not be renewed: {Failure} {Code}. {Advice}")]
        public static partial void Failed(ILogger logger, TenantId tenant, FailureClass failure, string? code, string advice);
    }
}
