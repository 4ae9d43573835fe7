using System.Collections.Concurrent;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Salesforce.Results;

/// <summary>
/// Work that must finish even if no caller waits for it any more: everything from a call to Salesforce to the commit of its answer. The server
/// stops only when all of it has ended.
/// </summary>
internal sealed partial class InFlightWork(BackgroundWork background, ILogger<InFlightWork> log) : IHostedService
{
    private readonly ConcurrentDictionary<Task, bool> running = new();

    public Task<T> Run<T>(Func<Task<T>> work)
    {
        var task = Task.Run(work);
        running[task] = true;
        _ = background.TryAsync(nameof(InFlightWork), () => ForgetAsync(task));
        return task;
    }

    public Task Run(Func<Task> work) => Run(async () =>
    {
        await work();
        return true;
    });

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // Work that ends may have started other work.
        while (!running.IsEmpty && !cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAll(running.Keys).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Yield();
        }
        if (!running.IsEmpty)
            Log.Abandoned(log, running.Count);
    }

    private async Task ForgetAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception e) when (e is StoreUnavailableException or UnreadableException)
        {
            Log.Failed(log, e);
        }
        finally
        {
            running.TryRemove(task, out _);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            410,
            LogLevel.Error,
            "Work in progress could not be finished; if it belongs to a test, the test ends as OUTCOME_UNKNOWN within 60 s; a renewal is tried again")]
        public static partial void Failed(ILogger logger, Exception exception);

        [LoggerMessage(
            411,
            LogLevel.Warning,
            "{Count} calls to Salesforce had not ended, or their answers could not be stored, when the server had to stop. Their tests end as "
                + "OUTCOME_UNKNOWN; for their renewals the service asks Salesforce for the token's state")]
        public static partial void Abandoned(ILogger logger, int count);
    }
}
