namespace GrpcCreds.Server.Store;

/// <summary>How a commit ended.</summary>
internal abstract record CommitOutcome
{
    private CommitOutcome()
    {
    }

    /// <summary>It is durable.</summary>
    public sealed record Committed(long Seq) : CommitOutcome;

    /// <summary>The request id was used before; nothing was written now.</summary>
    public sealed record Known(RequestEntry Request) : CommitOutcome;

    /// <summary>The record's rev differs from the one that was read; nothing was written.</summary>
    public sealed record Conflict : CommitOutcome;

    /// <summary>The store's counter is lower than this server has seen: the store lost commits; nothing was written.</summary>
    public sealed record Behind(long Seq) : CommitOutcome;
}
