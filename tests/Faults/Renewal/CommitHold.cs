using GrpcCreds.Tests.Support;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>The point at which a commit is held on its way to Redis and back.</summary>
internal enum CommitPoint
{
    /// <summary>Sent by the service, and not with Redis yet.</summary>
    BeforeRedis,

    /// <summary>Applied and durable, and not answered yet.</summary>
    BeforeReply,
}

/// <summary>The fate of a commit that was held.</summary>
internal enum CommitFate
{
    /// <summary>It continues normally.</summary>
    Delivered,

    /// <summary>It, or its reply, is lost with the connection.</summary>
    Lost,
}

/// <summary>Stops a tenant's next commit, of any service or of the one behind <paramref name="only"/>.</summary>
internal sealed class CommitHold(string tenant, CommitPoint point, RedisProxy? only)
{
    private readonly TaskCompletionSource<RedisProxy> reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<CommitFate> fate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int taken;

    public CommitPoint Point => point;

    /// <summary>Waits until the commit is there, and tells through whose proxy it came.</summary>
    public Task<RedisProxy> WaitAsync() => reached.Task.WaitAsync(Waiting.Long);

    public void Release(CommitFate what = CommitFate.Delivered) => fate.TrySetResult(what);

    /// <summary>This is one of the tenant's commits: is it the one?</summary>
    public bool IsFor(string committed, RedisProxy proxy) => committed == tenant && (only ?? proxy) == proxy && Interlocked.Exchange(ref taken, 1) == 0;

    public Task<CommitFate> PassAsync(RedisProxy proxy)
    {
        reached.TrySetResult(proxy);
        return fate.Task;
    }
}
