using System.Runtime.CompilerServices;

namespace GrpcCreds.Client;

/// <summary>A value that is replaced from time to time. Readers get the newest value and never a queue, so a slow reader costs no memory.</summary>
/// <remarks>Reading never blocks. Calls of <see cref="Set"/> must not overlap. Readers do not resume on the setter's thread.</remarks>
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

    /// <summary>Yields the value now, then the newest value after each replacement. Ends only by cancellation.</summary>
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
