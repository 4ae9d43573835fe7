using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Tenants.Records;

/// <summary>
/// Sends a commit until the store has answered it. A commit that got no answer may have been applied; sent again under the same id it is
/// applied at most once, so asking again is the only safe way to find out.
/// </summary>
internal sealed class CommitSender(IStore store, StoreHealth health, TimeProvider clock)
{
    /// <summary>How long a commit is sent again before its caller is told that the store is unavailable.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <remarks>Not cancelled half-way: a claim that was written and that nobody carries out would block its tenant for a minute.</remarks>
    /// <returns>The outcome, and whether an earlier sending got no answer: then "known" may mean this very commit.</returns>
    /// <exception cref="StoreUnavailableException">The store does not answer, or may not be written.</exception>
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
                // This tenant's, and not better by being sent again; of the store it says nothing.
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
