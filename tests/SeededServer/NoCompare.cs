using GrpcCreds.Server.Store;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: a commit is not compared with the record it was decided on; it claims to have read whatever is there now.</summary>
internal sealed class NoCompare(IStore store) : DecoratedStore(store)
{
    public override async Task<CommitOutcome> CommitAsync(Commit commit, CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = (await Real.RevsAsync([commit.Tenant], cancellationToken))[0];
            // A record cannot be stored under another rev than the one it was sealed for.
            if (now >= commit.Record.Rev)
                return new CommitOutcome.Conflict();
            if (await Real.CommitAsync(commit with { ReadRev = now }, cancellationToken) is { } outcome and not CommitOutcome.Conflict)
                return outcome;
        }
    }
}
