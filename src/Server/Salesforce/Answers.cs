using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Credentials;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Salesforce;

/// <summary>Commits what Salesforce has answered: nothing that was received is lost while this process lives and the claim stands.</summary>
internal sealed class Answers(Ledger ledger, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>With the 20 s a call may take this stays within the claim's 60.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Applies the command, again while the store is away.</summary>
    public async Task<Applied> CommitAsync(TenantId tenant, Command command, Origin origin)
    {
        var request = RequestKey.Own();
        using var patience = new CancellationTokenSource(Patience, clock);
        while (true)
        {
            try
            {
                var applied = await ledger.ApplyAsync(tenant, command, origin, request, patience.Token);
                if (applied is not Applied.Refused { Refusal.Reason: Reason.Contention } || patience.IsCancellationRequested)
                    return applied;
            }
            catch (StoreUnavailableException) when (!patience.IsCancellationRequested)
            {
                await Task.Delay(Pause, clock, CancellationToken.None);
            }
            catch (OperationCanceledException) when (patience.IsCancellationRequested)
            {
                throw new StoreUnavailableException("the store did not take Salesforce's answer in time");
            }
        }
    }
}
