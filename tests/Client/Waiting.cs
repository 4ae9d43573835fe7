using GrpcCreds.Client;
using Xunit;

namespace GrpcCreds.Tests.Client;

/// <summary>Every wait ends: with what was waited for, or with a failure that says what did not happen.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static async Task Soon(this Task task, string what)
    {
        try
        {
            await task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"waited in vain: {what}");
        }
    }

    public static async Task<T> Soon<T>(this Task<T> task, string what)
    {
        await ((Task)task).Soon(what);
        return await task;
    }

    public static Task Becomes(this CredentialSource source, SourceState state)
    {
        var cancel = TestContext.Current.CancellationToken;
        return source.StatesAsync(cancel).FirstAsync(now => now == state, cancel).AsTask().Soon($"{source} becomes {state}");
    }

    public static Task<CredentialAnswer> Holds(this CredentialSource source, long revision)
    {
        var cancel = TestContext.Current.CancellationToken;
        return source.ChangesAsync(cancel).FirstAsync(answer => answer.Revision == revision, cancel).AsTask().Soon($"{source} holds revision {revision}");
    }
}
