using System.Collections.Concurrent;
using GrpcCreds.Server.Credentials;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Salesforce;

/// <summary>
/// Does what is due: ends claims nobody finished and sessions past their end, keeps sessions and grants alive, has retired grants revoked. Every server does it; whoever
/// commits first has it, the others find nothing to do.
/// </summary>
internal sealed partial class DueWorker(IStore store, Ledger ledger, Upkeep upkeep, Revocations revocations, Unfinished unfinished, DueBell bell, TimeProvider clock, ILogger<DueWorker> log)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private const int Batch = 100;

    /// <summary>After this a tenant that finds no place at Salesforce is looked at anew: its session or a setup may have ended meanwhile.</summary>
    public static readonly TimeSpan GatePatience = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<TenantId, bool> running = new();

    /// <summary>Damaged records stay due, and so do claims that are over by their owner's clock alone; they must not fill the batch and hold up the others.</summary>
    private int stuck;

    /// <summary>How many could not be attended since the last look.</summary>
    private int failed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await bell.WaitAsync(Interval, stoppingToken);
                while (await LookAsync(stoppingToken))
                {
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops; what has begun is brought to its end by Unfinished.
        }
    }

    /// <returns>Whether more is due than was looked at.</returns>
    private async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            var due = await store.DueAsync(clock.GetUtcNow(), Batch + Interlocked.Exchange(ref stuck, 0) + running.Count, cancellationToken);
            var mine = due.Where(tenant => !running.ContainsKey(tenant)).ToList();
            foreach (var tenant in mine)
            {
                running[tenant] = true;
                _ = unfinished.Run(() => AttendAsync(tenant, cancellationToken));
            }
            // Where everything fails at once, the next look waits.
            return mine.Count >= Batch && Interlocked.Exchange(ref failed, 0) == 0;
        }
        catch (StoreUnavailableException e)
        {
            Log.Postponed(log, e.Message);
            return false;
        }
    }

    // Ending what has run out waits for nobody; calls to Salesforce wait for their place.
    private async Task AttendAsync(TenantId tenant, CancellationToken stoppingToken)
    {
        try
        {
            var reading = await ledger.ReadAsync(tenant, CancellationToken.None);
            if (await ledger.ExpireAsync(tenant) is Applied.Nothing { State: var state } && Rules.IsOverdue(state, clock.GetUtcNow()))
                Stays();
            if (IsDue(UpkeepRules.Due(reading.Record)))
                await KeepUpAsync(tenant, stoppingToken);
            if (IsDue(RetireRules.Due(reading.Record)))
                await revocations.RevokeDueAsync(tenant, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // It was still waiting for its place: another server, or the next start, does it.
        }
        catch (Exception e) when (e is StoreUnavailableException or UnreadableException)
        {
            if (e is UnreadableException)
                Stays();
            else
                Interlocked.Increment(ref failed);
            Log.Postponed(log, e.Message);
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
        while (await upkeep.StepIfDueAsync(tenant, stoppingToken))
        {
        }
    }

    private static partial class Log
    {
        [LoggerMessage(220, LogLevel.Debug, "What is due is tried again: {Error}")]
        public static partial void Postponed(ILogger logger, string error);
    }
}
