namespace GrpcCreds.SalesforceSimulator;

/// <summary>Where a request is stopped.</summary>
public enum HoldPoint
{
    /// <summary>Read, and nothing done with it.</summary>
    BeforeProcessing,

    /// <summary>Done (a login has its session, the ledger has its outcome), and nothing sent.</summary>
    AfterProcessing,
}

/// <summary>Stops requests of one kind at one point until released, so that a process can be killed at exactly that moment.</summary>
public sealed class Hold : IDisposable
{
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Counter reached = new();

    internal Hold(int number, Endpoint endpoint, HoldPoint point, string? username) =>
        (Number, Endpoint, Point, Username) = (number, endpoint, point, username);

    /// <summary>Names this hold in the control API.</summary>
    public int Number { get; }

    public Endpoint Endpoint { get; }

    public HoldPoint Point { get; }

    /// <summary>Whose requests; null for everyone's.</summary>
    public string? Username { get; }

    public bool IsReleased => released.Task.IsCompleted;

    /// <summary>How many requests have come here since the start.</summary>
    public int Reached => reached.Value;

    /// <summary>Waits until that many requests have come here.</summary>
    public Task WaitAsync(int requests = 1, CancellationToken cancellationToken = default) => reached.WaitAsync(requests, cancellationToken);

    /// <summary>Lets everything held go on, and everything that follows pass.</summary>
    public void Release() => released.TrySetResult();

    public void Dispose() => Release();

    internal bool IsFor(Endpoint endpoint, HoldPoint point, string? username) => !IsReleased && Endpoint == endpoint && Point == point
        && (Username is null || string.Equals(Username, username, StringComparison.OrdinalIgnoreCase));

    internal Task PassAsync(CancellationToken stopping)
    {
        reached.Increment();
        return released.Task.WaitAsync(stopping);
    }
}
