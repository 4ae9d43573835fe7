namespace GrpcCreds.SalesforceSimulator;

/// <summary>Where a request is held.</summary>
public enum HoldPoint
{
    /// <summary>After it was read, before it is processed.</summary>
    BeforeProcessing,

    /// <summary>After it was processed (a login has its session, the ledger has its outcome), before anything is sent.</summary>
    AfterProcessing,
}

/// <summary>Holds requests of one kind at one point until released, so that a process can be killed at exactly that moment.</summary>
public sealed class Hold : IDisposable
{
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Counter reached = new();

    internal Hold(int number, Endpoint endpoint, HoldPoint point, string? username) =>
        (Number, Endpoint, Point, Username) = (number, endpoint, point, username);

    /// <summary>Identifies this hold in the control API.</summary>
    public int Number { get; }

    public Endpoint Endpoint { get; }

    public HoldPoint Point { get; }

    /// <summary>The user whose requests are held; null: all users.</summary>
    public string? Username { get; }

    public bool IsReleased => released.Task.IsCompleted;

    /// <summary>How many requests have reached this hold since it was created.</summary>
    public int Reached => reached.Value;

    /// <summary>Waits until this many requests have reached the hold.</summary>
    public Task WaitAsync(int requests = 1, CancellationToken cancellationToken = default) => reached.WaitAsync(requests, cancellationToken);

    /// <summary>Lets all held requests continue and all later ones pass.</summary>
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
