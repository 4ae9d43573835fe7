using System.Runtime.CompilerServices;

namespace GrpcCreds.Client;

/// <summary>A value that is replaced now and then, and whose readers get the newest and never a queue: a slow reader costs no memory.</summary>
/// <remarks>Reading never blocks. Calls of <see cref="Set"/> must not overlap. Readers go on elsewhere than on the setter's thread.</remarks>
internal sealed class Latest<T>(T initial)
    where T : class
{
    private volatile Entry current = new(initial);

    public T Value => current.Value;

    public void Set(T value)
    {
        var replaced = current;
        current = new Entry(value);
        replaced.Replaced.SetResult();
    }

    /// <summary>The value now, then the newest one each time there is a newer one. Ends only by cancellation.</summary>
    public async IAsyncEnumerable<T> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var seen = current;
            yield return seen.Value;
            await seen.Replaced.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private sealed class Entry(T value)
    {
        public T Value { get; } = value;

        public TaskCompletionSource Replaced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
