using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GrpcCreds.Server.Observability;

/// <summary>
/// Runs all work that no call waits for: the rounds of the workers and fire-and-forget tasks. A failure is logged, counted and shown in health, and the work
/// continues: an unexpected exception never stops work until the next restart.
/// </summary>
/// <remarks>The work itself handles expected failures, such as an unavailable store. Uses real time.</remarks>
internal sealed partial class BackgroundWork(ServiceMetrics metrics, ILogger<BackgroundWork> log) : IHealthCheck
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>How long failed work is shown in health, unless it succeeds earlier; the same failure is logged once in this time.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string Work, Type Kind), Failure> failures = new();

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var failing = failures.Where(work => Stopwatch.GetElapsedTime(work.Value.At) < Memory)
            .Select(work => work.Key.Work).Distinct().Order(StringComparer.Ordinal).ToList();
        return Task.FromResult(failing.Count == 0
            ? HealthCheckResult.Healthy("background work succeeds")
            : HealthCheckResult.Degraded($"WORKER_FAILING: {string.Join(", ", failing)}: this work fails and is retried; see log event 131 for the cause"));
    }

    /// <summary>Alternates between waiting and working until the server stops. After each consecutive failure it pauses longer, up to 5 s.</summary>
    /// <param name="work">The name of the work in logs, health and metrics; there are only a few names.</param>
    /// <param name="wait">Completes when the next round is due.</param>
    /// <param name="round">One round.</param>
    /// <param name="stopping">Cancelled when the server stops.</param>
    public async Task RepeatAsync(string work, Func<CancellationToken, Task> wait, Func<CancellationToken, Task> round, CancellationToken stopping)
    {
        for (var failed = 0; !stopping.IsCancellationRequested;)
        {
            try
            {
                await wait(stopping);
                await round(stopping);
                failed = 0;
                Works(work);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // The server stops.
            }
            catch (Exception e)
            {
                Failed(work, e);
                await PauseAsync(++failed, stopping);
            }
        }
    }

    /// <summary>Runs a round at each interval until the server stops.</summary>
    public async Task EveryAsync(string work, TimeSpan interval, TimeProvider clock, Func<CancellationToken, Task> round, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(interval, clock);
        await RepeatAsync(work, async waiting => await timer.WaitForNextTickAsync(waiting), round, stopping);
    }

    /// <summary>Runs work until it ends without an exception or the server stops.</summary>
    public async Task UntilDoneAsync(string work, Func<Task> run, CancellationToken stopping)
    {
        for (var failed = 1; !await TryAsync(work, run) && !stopping.IsCancellationRequested; failed++)
            await PauseAsync(failed, stopping);
    }

    /// <summary>Runs work once.</summary>
    /// <returns>Whether it ended without an exception.</returns>
    public async Task<bool> TryAsync(string work, Func<Task> run)
    {
        try
        {
            await run();
            return true;
        }
        catch (Exception e)
        {
            Failed(work, e);
            return false;
        }
    }

    /// <summary>Runs work once.</summary>
    public void Try(string work, Action run)
    {
        try
        {
            run();
        }
        catch (Exception e)
        {
            Failed(work, e);
        }
    }

    /// <summary>Records that work failed; the caller makes sure that it is retried.</summary>
    public void Failed(string work, Exception exception)
    {
        metrics.WorkFailed(work);
        var (kind, now) = (exception.GetType(), Stopwatch.GetTimestamp());
        var isNew = true;
        failures.AddOrUpdate((work, kind), _ => new(now, now), (_, known) =>
        {
            isNew = Stopwatch.GetElapsedTime(known.LoggedAt, now) >= Memory;
            return new(now, isNew ? now : known.LoggedAt);
        });
        if (isNew)
            Log.Failed(log, work, exception);
    }

    private void Works(string work)
    {
        if (failures.IsEmpty)
            return;
        var failed = false;
        foreach (var (key, _) in failures)
            failed |= key.Work == work && failures.TryRemove(key, out _);
        if (failed)
            Log.Works(log, work);
    }

    private static async Task PauseAsync(int failed, CancellationToken stopping) =>
        await Task.Delay(Backoff.SpreadAfter(failed, FirstPause, LongestPause), stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <param name="At">The time of the last failure.</param>
    /// <param name="LoggedAt">When such a failure was last logged.</param>
    private sealed record Failure(long At, long LoggedAt);

    private static partial class Log
    {
        [LoggerMessage(131, LogLevel.Error, "{Work} failed and is retried; this is a bug in the service. The same failure is logged once a minute")]
        public static partial void Failed(ILogger logger, string work, Exception exception);

        [LoggerMessage(132, LogLevel.Information, "{Work} works again")]
        public static partial void Works(ILogger logger, string work);
    }
}
