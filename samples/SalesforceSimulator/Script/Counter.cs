namespace GrpcCreds.SalesforceSimulator;

/// <summary>A number that only increases, and that callers can wait for.</summary>
internal sealed class Counter
{
    private readonly Lock gate = new();
    private TaskCompletionSource grown = NewSignal();
    private int value;

    public int Value
    {
        get
        {
            lock (gate)
                return value;
        }
    }

    public void Increment()
    {
        lock (gate)
        {
            value++;
            grown.SetResult();
            grown = NewSignal();
        }
    }

    public async Task WaitAsync(int atLeast, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (value >= atLeast)
                    return;
                next = grown.Task;
            }
            await next.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
