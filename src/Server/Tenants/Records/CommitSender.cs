using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Tenants.Records;

/// <summary>
/// Sends a commit until the store has answered it. A commit that got no answer may have been applied; resent under the same id it is applied
/// at most once, so resending is the only safe way to find out.
/// </summary>
internal sealed class CommitSender(IStore store, StoreHealth health, TimeProvider clock)
{
    /// <summary>How long a commit is resent before its caller is told that the store is unavailable.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <remarks>Not cancelled halfway: a claim that was written but is not carried out would block its tenant for a minute.</remarks>
    /// <returns>The outcome, and whether an earlier attempt got no answer: then "known" may mean this very commit.</returns>
    /// <exception cref="StoreUnavailableException">The store does not answer, or must not be written.</exception>
    public async Task<(CommitOutcome Outcome, bool Resent)> SendAsync(Commit commit)
    {
        if (health.WriteBlock is { } block)
            throw new StoreUnavailableException(block);
        var start = clock.GetTimestamp();
        for (var resent = false; ; resent = true)
        {
            try
            {
                var outcome = await store.CommitAsync(commit, CancellationToken.None);
                health.WriteFailure = null;
                return (outcome, resent);
            }
            catch (StoreDamagedException)
            {
                // This concerns one tenant only, and resending does not help; it is no statement about the store.
                throw;
            }
            catch (StoreUnavailableException) when (clock.GetElapsedTime(start) < Patience)
            {
                await Task.Delay(Pause, clock);
            }
            catch (StoreUnavailableException e)
            {
                health.WriteFailure = e.Message;
                throw;
            }
        }
    }
}
