using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Results;

/// <summary>
/// Commits Salesforce's answers, and repeats a commit that fails: the store is unavailable, this server cannot open the record, other writes to the
/// tenant keep coming first, or an unexpected error occurs.
/// </summary>
internal sealed partial class ResultCommitter(TenantRecords tenantRecords, TimeProvider clock, ILogger<ResultCommitter> log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Together with the 20 s that a call may take, this stays within the claim's 60 s.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Commits an answer that may be lost: its claim then ends without it, and Salesforce is asked again.</summary>
    public Task<Applied> CommitAsync(TenantId tenant, Command command, Origin origin) => CommitAsync(tenant, null, command, origin, Patience);

    /// <summary>The same for an answer to a claim that this server committed: the record need not be read again.</summary>
    public Task<Applied> CommitAsync(TenantRecord claimed, Command command, Origin origin) => CommitAsync(claimed.Tenant, claimed, command, origin, Patience);

    /// <summary>
    /// Commits an answer that may contain a token stored nowhere else. It is tried for as long as this process runs: however late the answer is
    /// committed, the rules store its token or have it revoked.
    /// </summary>
    public Task<Applied> KeepAsync(TenantId tenant, Command command, Origin origin) =>
        CommitAsync(tenant, null, command, origin, Timeout.InfiniteTimeSpan);

    private async Task<Applied> CommitAsync(TenantId tenant, TenantRecord? claimed, Command command, Origin origin, TimeSpan patience)
    {
        var request = RequestKey.Own();
        var logged = new HashSet<string>(StringComparer.Ordinal);
        using var given = new CancellationTokenSource(patience, clock);
        for (var failures = 1; ; failures++)
        {
            try
            {
                var applied = claimed is not null && failures == 1
                    ? await tenantRecords.ApplyAsync(claimed, command, origin, request, given.Token)
                    : await tenantRecords.ApplyAsync(tenant, command, origin, request, given.Token);
                if (applied is not Applied.Refused { Refusal.Reason: Reason.Contention } || given.IsCancellationRequested)
                    return applied;
            }
            catch (OperationCanceledException) when (given.IsCancellationRequested)
            {
                throw new StoreUnavailableException("the store did not accept Salesforce's answer in time");
            }
            catch (Exception e) when (!given.IsCancellationRequested)
            {
                // Each type of error once, not at each try: some last for hours. Not by its text, which can vary.
                if (logged.Add(e.GetType().Name))
                    Tell(tenant, e);
            }
            await Task.Delay(Backoff.SpreadAfter(failures, FirstPause, LongestPause), clock, CancellationToken.None);
        }
    }

    private void Tell(TenantId tenant, Exception e)
    {
        if (e is StoreUnavailableException or UnreadableException)
            Log.Waits(log, tenant, e.Message);
        else
            Log.Broke(log, tenant, e);
    }

    private static partial class Log
    {
        [LoggerMessage(460, LogLevel.Warning, "Salesforce's answer for tenant {Tenant} cannot be stored yet; it will be tried again: {Error}")]
        public static partial void Waits(ILogger logger, TenantId tenant, string error);

        [LoggerMessage(
            461, LogLevel.Error, "Salesforce's answer for tenant {Tenant} could not be stored; it will be tried again. This is a bug in the service")]
        public static partial void Broke(ILogger logger, TenantId tenant, Exception exception);
    }
}
