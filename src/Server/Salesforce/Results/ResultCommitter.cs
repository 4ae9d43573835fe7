using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Results;

/// <summary>
/// Commits what Salesforce has answered, again while that fails: the store is away, the record cannot be opened here, others write the tenant all the
/// time, or something failed that nobody thought of.
/// </summary>
internal sealed partial class ResultCommitter(TenantRecords tenantRecords, TimeProvider clock, ILogger<ResultCommitter> log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>With the 20 s a call may take this stays within the claim's 60.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>What may be lost: its claim ends without it, and it is asked again.</summary>
    public Task<Applied> CommitAsync(TenantId tenant, Command command, Origin origin) => CommitAsync(tenant, null, command, origin, Patience);

    /// <summary>The same for an answer to the claim that this server committed: that record need not be read again.</summary>
    public Task<Applied> CommitAsync(TenantRecord claimed, Command command, Origin origin) => CommitAsync(claimed.Tenant, claimed, command, origin, Patience);

    /// <summary>
    /// What may carry a token that nobody else has. It is tried as long as this process lives: however late it comes, the rules find its place
    /// or have it revoked.
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
                throw new StoreUnavailableException("the store did not take Salesforce's answer in time");
            }
            catch (Exception e) when (!given.IsCancellationRequested)
            {
                // The kinds of trouble, not each time: some of them stay for hours. The text may be anything's.
                if (logged.Add(e.GetType().Name))
                    Tell(tenant, e);
            }
            await Task.Delay(Backoff.After(failures, FirstPause, LongestPause) * (0.5 + Random.Shared.NextDouble()), clock, CancellationToken.None);
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
        [LoggerMessage(460, LogLevel.Warning, "An answer of Salesforce for tenant {Tenant} cannot be stored yet, and is tried again: {Error}")]
        public static partial void Waits(ILogger logger, TenantId tenant, string error);

        [LoggerMessage(461, LogLevel.Error, "An answer of Salesforce for tenant {Tenant} could not be stored, and is tried again; this is a bug of the service")]
        public static partial void Broke(ILogger logger, TenantId tenant, Exception exception);
    }
}
