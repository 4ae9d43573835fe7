using GrpcCreds.Server.Store;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: what is sent to nodes is recorded a little after it was sent.</summary>
internal sealed class SendBeforeRecord(IStore store) : DecoratedStore(store)
{
    private static readonly TimeSpan Later = TimeSpan.FromMilliseconds(100);

    public override Task AppendAsync(AuditJournal journal, Guid id, ReadOnlyMemory<byte> sealedEntry, CancellationToken cancellationToken)
    {
        _ = AppendLaterAsync(journal, id, sealedEntry);
        return Task.CompletedTask;
    }

    private async Task AppendLaterAsync(AuditJournal journal, Guid id, ReadOnlyMemory<byte> sealedEntry)
    {
        await Task.Delay(Later);
        await Real.AppendAsync(journal, id, sealedEntry, CancellationToken.None);
    }
}
