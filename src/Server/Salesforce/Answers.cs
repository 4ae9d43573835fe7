using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Credentials;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Salesforce;

/// <summary>Commits what Salesforce has answered, again while the store is away.</summary>
internal sealed class Answers(Ledger ledger, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>With the 20 s a call may take this stays within the claim's 60.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>What may be lost: its claim ends without it, and it is asked again.</summary>
    public Task<Applied> CommitAsync(TenantId tenant, Command command, Origin origin) => CommitAsync(tenant, command, origin, Patience);

    /// <summary>
    /// What may carry a token that nobody else has. It is tried as long as this process lives: however late it comes, the rules find its place
    /// or have it revoked.
    /// </summary>
    public Task<Applied> KeepAsync(TenantId tenant, Command command, Origin origin) => CommitAsync(tenant, command, origin, Timeout.InfiniteTimeSpan);

    private async Task<Applied> CommitAsync(TenantId tenant, Command command, Origin origin, TimeSpan patience)
    {
        var request = RequestKey.Own();
        using var given = new CancellationTokenSource(patience, clock);
        while (true)
        {
            try
            {
                var applied = await ledger.ApplyAsync(tenant, command, origin, request, given.Token);
                if (applied is not Applied.Refused { Refusal.Reason: Reason.Contention } || given.IsCancellationRequested)
                    return applied;
            }
            catch (StoreUnavailableException) when (!given.IsCancellationRequested)
            {
                await Task.Delay(Pause, clock, CancellationToken.None);
            }
            catch (OperationCanceledException) when (given.IsCancellationRequested)
            {
                throw new StoreUnavailableException("the store did not take Salesforce's answer in time");
            }
        }
    }
}
