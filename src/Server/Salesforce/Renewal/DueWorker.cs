using System.Collections.Concurrent;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Salesforce.Results;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Renewal;

/// <summary>
/// Does what is due: ends claims nobody finished and sessions past their end, keeps sessions and grants alive, has retired grants revoked. Every server does it; whoever
/// commits first has it, the others find nothing to do.
/// </summary>
internal sealed partial class DueWorker(
    IStore store, TenantRecords tenantRecords, SessionRenewer renewal, Revocations revocations, InFlightWork inFlight, DueSignal signal, TimeProvider clock,
    BackgroundWork work, ILogger<DueWorker> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private const int Batch = 100;

    /// <summary>While many are due for long, the index is read less often: what is read of it grows with their number, not with its square.</summary>
    private const int RowsPerSecond = 1000;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<TenantId, bool> running = new();

    /// <summary>Damaged records stay due, and so do claims that are over by their owner's clock alone; they must not fill the batch and hold up the others.</summary>
    private int stuck;

    /// <summary>How many could not be attended since the last look.</summary>
    private int failed;

    private IReadOnlyCollection<TenantId> rung = [];
    private long? lookedAt;
    private TimeSpan pause = Interval;

    // What has begun when the server stops is brought to its end by InFlightWork.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => work.RepeatAsync(nameof(DueWorker), WaitAsync, LookAsync, stoppingToken);

    private TimeSpan UntilNextLook() => lookedAt is { } at ? pause - clock.GetElapsedTime(at) : TimeSpan.Zero;

    private async Task WaitAsync(CancellationToken stoppingToken) =>
        rung = await signal.WaitAsync(UntilNextLook() is { Ticks: > 0 } left ? left : TimeSpan.Zero, stoppingToken);

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        foreach (var tenant in rung)
            Begin(tenant, stoppingToken);
        if (UntilNextLook() > TimeSpan.Zero)
            return;
        // Before anything can break: then the next look is not at once.
        (lookedAt, pause) = (clock.GetTimestamp(), Interval);
        try
        {
            var read = await BeginAllAsync(stoppingToken);
            // Not without end: what comes due meanwhile is found only by looking.
            pause = TimeSpan.FromSeconds(Math.Clamp((double)read / RowsPerSecond, Interval.TotalSeconds, LongestPause.TotalSeconds));
        }
        catch (StoreUnavailableException e)
        {
            Log.Postponed(log, e.Message);
        }
    }

    /// <returns>How many are due.</returns>
    private async Task<int> BeginAllAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            // Twice as many each time: those that have begun are read again.
            var limit = Batch + (2 * (Interlocked.Exchange(ref stuck, 0) + running.Count));
            var due = await store.DueAsync(clock.GetUtcNow(), limit, stoppingToken);
            var begun = due.Count(tenant => Begin(tenant, stoppingToken));
            // Where everything fails at once, the next look waits.
            if (due.Count < limit || begun == 0 || Interlocked.Exchange(ref failed, 0) > 0)
                return due.Count;
        }
    }

    private bool Begin(TenantId tenant, CancellationToken stoppingToken)
    {
        if (!running.TryAdd(tenant, true))
            return false;
        _ = inFlight.Run(() => AttendAsync(tenant, stoppingToken));
        return true;
    }

    // Ending what has run out waits for nobody; calls to Salesforce wait for their place.
    private async Task AttendAsync(TenantId tenant, CancellationToken stoppingToken)
    {
        try
        {
            var snapshot = await tenantRecords.ReadAsync(tenant, CancellationToken.None);
            if (await tenantRecords.ExpireAsync(tenant) is Applied.Nothing { State: var state } && RecordRules.IsOverdue(state, clock.GetUtcNow()))
                Stays();
            if (IsDue(RenewalTimes.Due(snapshot.Record)))
                await KeepUpAsync(tenant, stoppingToken);
            if (IsDue(RetireRules.Due(snapshot.Record)))
                await revocations.RevokeDueAsync(tenant, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // It was still waiting for its place: another server, or the next start, does it.
        }
        catch (StoreUnavailableException e)
        {
            Interlocked.Increment(ref failed);
            Log.Postponed(log, e.Message);
        }
        catch (UnreadableException e)
        {
            Stays();
            Log.Postponed(log, e.Message);
        }
        catch (Exception e)
        {
            // This tenant stays due; the others are attended all the same.
            Stays();
            work.Failed($"{nameof(DueWorker)}: a tenant", e);
        }
        finally
        {
            running.TryRemove(tenant, out _);
        }
    }

    private void Stays()
    {
        Interlocked.Increment(ref failed);
        Interlocked.Increment(ref stuck);
    }

    private bool IsDue(DateTimeOffset? time) => time <= clock.GetUtcNow();

    // One call after the other: what a check finds is followed by the renewal.
    private async Task KeepUpAsync(TenantId tenant, CancellationToken stoppingToken)
    {
        while (await renewal.StepIfDueAsync(tenant, stoppingToken))
        {
        }
    }

    private static partial class Log
    {
        [LoggerMessage(220, LogLevel.Debug, "What is due is tried again: {Error}")]
        public static partial void Postponed(ILogger logger, string error);
    }
}
