using Grpc.Core;
using Xunit;

namespace GrpcCreds.Tests.Support;

/// <summary>Every wait of a test ends.</summary>
internal static class Waiting
{
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    /// <summary>Waits until a condition holds, looking again every 20 ms.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan? patience = null)
    {
        var until = DateTime.UtcNow + (patience ?? Long);
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < until, $"waited in vain until {what}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public static Task UntilAsync(Func<bool> condition, string what, TimeSpan? patience = null) =>
        UntilAsync(() => Task.FromResult(condition()), what, patience);

    /// <summary>The next message of a stream.</summary>
    public static async Task<T> NextAsync<T>(this IAsyncStreamReader<T> stream, TimeSpan? patience = null)
    {
        Assert.True(await stream.MoveNext(TestContext.Current.CancellationToken)
            .WaitAsync(patience ?? Long, TestContext.Current.CancellationToken), "the stream ended");
        return stream.Current;
    }

    /// <summary>The next message of a stream that fits; those before it are passed over.</summary>
    public static async Task<T> NextAsync<T>(this IAsyncStreamReader<T> stream, Func<T, bool> fits, TimeSpan? patience = null)
    {
        while (true)
        {
            var message = await stream.NextAsync(patience);
            if (fits(message))
                return message;
        }
    }
}
