using System.Collections.Concurrent;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Salesforce.Results;
using GrpcCreds.Server.Salesforce.Rotation;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Renewal;

/// <summary>
/// Does what is due: ends abandoned claims and expired sessions, keeps sessions and grants alive, has retired grants revoked, and
/// rotates the secrets of apps. Every server does
/// this work; the first to commit gets it, and the others find nothing to do.
/// </summary>
internal sealed partial class DueWorker(
    IStore store, TenantRecords tenantRecords, SessionRenewer renewal, Revocations revocations, SecretRotator rotator, InFlightWork inFlight,
    DueSignal signal, TimeProvider clock, BackgroundWork work, ILogger<DueWorker> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private const int Batch = 100;

    /// <summary>While many tenants remain due, the index is read less often, so that the rows read grow with their number and not with its square.</summary>
    private const int RowsPerSecond = 1000;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<TenantId, bool> running = new();

    /// <summary>
    /// Tenants that remain due: those with damaged records, and those with claims that have ended only by their owner's clock. They must not fill the
    /// batch and delay the others.
    /// </summary>
    private int stuck;

    /// <summary>How many tenants could not be processed since the last check.</summary>
    private int failed;

    private IReadOnlyCollection<TenantId> rung = [];
    private long? lookedAt;
    private TimeSpan pause = Interval;

    // InFlightWork finishes what has begun when the server stops.
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
        // Before anything can fail, so that the next check is not immediate.
        (lookedAt, pause) = (clock.GetTimestamp(), Interval);
        try
        {
            var read = await BeginAllAsync(stoppingToken);
            // The pause is limited: only the next check finds what becomes due in the meantime.
            pause = TimeSpan.FromSeconds(Math.Clamp((double)read / RowsPerSecond, Interval.TotalSeconds, LongestPause.TotalSeconds));
        }
        catch (StoreUnavailableException e)
        {
            Log.Postponed(log, e.Message);
        }
    }

    /// <returns>How many tenants are due.</returns>
    private async Task<int> BeginAllAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            // Twice the number: tenants whose work has begun are read again.
            var limit = Batch + (2 * (Interlocked.Exchange(ref stuck, 0) + running.Count));
            var due = (await store.DueAsync(clock.GetUtcNow(), limit, stoppingToken)).ToArray();
            // Each server in another order, so that two seldom try to claim the same call.
            Random.Shared.Shuffle(due);
            var begun = due.Count(tenant => Begin(tenant, stoppingToken));
            // If everything fails at once, the next check waits.
            if (due.Length < limit || begun == 0 || Interlocked.Exchange(ref failed, 0) > 0)
                return due.Length;
        }
    }

    private bool Begin(TenantId tenant, CancellationToken stoppingToken)
    {
        if (!running.TryAdd(tenant, true))
            return false;
        _ = inFlight.Run(() => AttendAsync(tenant, stoppingToken));
        return true;
    }

    // Ending expired claims and sessions waits for nothing; calls to Salesforce wait for a permit.
    private async Task AttendAsync(TenantId tenant, CancellationToken stoppingToken)
    {
        try
        {
            var record = (await tenantRecords.ReadAsync(tenant, CancellationToken.None)).Record;
            var expired = await tenantRecords.ExpireAsync(record);
            if (expired is Applied.Nothing && RecordRules.IsOverdue(record, clock.GetUtcNow()))
                Stays();
            if (expired is Applied.Done { State: var after })
                record = after;
            if (IsDue(RenewalTimes.Due(record)))
                await KeepUpAsync(record, stoppingToken);
            if (IsDue(RetireRules.Due(record)))
                await revocations.RevokeDueAsync(tenant, stoppingToken);
            if (IsDue(RotationRules.Due(record)))
                await rotator.StepIfDueAsync(tenant, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The call was still waiting for its permit: another server, or the next start, makes it.
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
            // This tenant remains due; the others are still processed.
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

    // One call after another: a check may lead to a renewal.
    private async Task KeepUpAsync(TenantRecord record, CancellationToken stoppingToken)
    {
        for (var next = record; next is not null; next = await renewal.StepIfDueAsync(next, stoppingToken))
        {
        }
    }

    private static partial class Log
    {
        [LoggerMessage(220, LogLevel.Debug, "The work that is due will be tried again: {Error}")]
        public static partial void Postponed(ILogger logger, string error);
    }
}
