using System.Diagnostics.CodeAnalysis;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using GrpcCreds.V1;
using Microsoft.Extensions.Logging;

namespace GrpcCreds.Client;

/// <summary>One stream for up to <see cref="MaxTenants"/> tenants, reopened without limit, with its own channel and reporter.</summary>
/// <remarks>
/// Only the loop of <see cref="RunAsync"/> reads messages. Other threads add and remove tenants under the lock, which asks the loop to open the stream
/// again; the existing stream continues until then.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "RunAsync owns them and disposes of them at its end.")]
internal sealed partial class WatchStream
{
    public const int MaxTenants = 1_000;

    /// <summary>Tenants added or removed within this time share one opening of the stream.</summary>
    public static readonly TimeSpan Coalesce = TimeSpan.FromMilliseconds(50);

    private readonly Lock gate = new();
    private readonly Dictionary<string, CredentialSource> tenants = new(StringComparer.Ordinal);
    private readonly GrpcCredsClientOptions options;
    private readonly TimeSpan limit;
    private readonly ILogger log;
    private readonly ClientMetrics metrics;
    private readonly Connection connection;
    private readonly Reporter? reporter;
    private readonly Freshness freshness;
    private readonly Reconnect reconnect;
    private CancellationTokenSource? reopen;
    private bool reopenDue;
    private bool ended;
    private bool repeatWhenSynced;
    private long? broughtForward;
    private volatile string instanceId = NewInstanceId();

    public WatchStream(GrpcCredsClientOptions options, ClientMetrics metrics, ILogger log)
    {
        (this.options, this.metrics, this.log, limit) = (options, metrics, log, 3 * options.HeartbeatInterval);
        connection = new Connection(options);
        reporter = options.NodeId is null ? null : new Reporter(options, connection, () => instanceId, metrics, log);
        freshness = new Freshness(options.TimeProvider, limit, FreshnessChanged);
        reconnect = new Reconnect(options.MinBackoff, options.MaxBackoff, Random.Shared.NextDouble);
    }

    /// <returns>false if the stream is full or has ended.</returns>
    public bool TryAdd(CredentialSource source)
    {
        lock (gate)
        {
            if (ended || tenants.Count == MaxTenants)
                return false;
            tenants.Add(source.TenantId, source);
            source.Update(now => now with { StreamStale = freshness.IsStale });
            reporter?.Stay(source.TenantId);
            source.Reports = reporter;
            AskToReopen_NeedsLock();
            return true;
        }
    }

    public void Remove(CredentialSource source)
    {
        lock (gate)
        {
            source.Reports = null;
            if (!tenants.Remove(source.TenantId))
                return;
            reporter?.Leave(source.TenantId);
            AskToReopen_NeedsLock();
        }
    }

    /// <summary>Runs until it is stopped, or the service refuses the request itself. Never throws.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var reason = await ReadForEverAsync(stopping).ConfigureAwait(false);
        lock (gate)
            ended = true;
        UpdateAll(now => now with { StopReason = reason });
        freshness.Dispose();
        if (reporter is not null)
            await reporter.EndAsync(leave: stopping.IsCancellationRequested).ConfigureAwait(false);
        reporter?.Dispose();
        connection.Dispose();
        reopen?.Dispose();
    }

    private async Task<string> ReadForEverAsync(CancellationToken stopping)
    {
        await PauseAsync(Coalesce, stopping).ConfigureAwait(false);
        while (!stopping.IsCancellationRequested)
        {
            var request = NewRequest(out var changed);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, changed);
            if (request.Tenants.Count == 0)
            {
                Log.Idle(log);
                await PauseAsync(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(false);
                continue;
            }
            freshness.StreamOpened();
            var end = await StreamAttempt.ReadAsync(cancel => OpenAsync(request, cancel), Receive, limit, options.TimeProvider, either.Token)
                .ConfigureAwait(false);
            if (end is null)
                continue;
            metrics.StreamEnded(end.Code);
            repeatWhenSynced = true;
            var next = reconnect.After(end);
            if (next.StopReason is not null && (!next.IsOfRequest || TryEnd()))
            {
                Log.Stopped(log, next.StopReason);
                return next.StopReason;
            }
            if (next.NewChannel)
                connection.Drop();
            // The stream was replaced by a stream of another process, a copy of this one with the same instance id. Two such processes would otherwise
            // replace each other without end.
            if (end.Code == StatusCode.Aborted)
                instanceId = NewInstanceId();
            Log.Ended(log, end.RetryAfter is null ? LogLevel.Warning : LogLevel.Information, end.Code, end.Detail, next.Delay.TotalSeconds);
            await PauseAsync(next.Delay, next.IsOfRequest ? either.Token : stopping).ConfigureAwait(false);
            if (next.IsOfRequest && IsChanged())
                await BringForwardAsync(stopping).ConfigureAwait(false);
        }
        return CredentialWatch.WasDisposed;
    }

    // With other tenants the request is different and may be accepted. However often the tenants change, the service is asked at most once a second.
    private async Task BringForwardAsync(CancellationToken stopping)
    {
        if (broughtForward is { } last && Reconnect.FirstRefusal - options.TimeProvider.GetElapsedTime(last) is { Ticks: > 0 } rest)
            await PauseAsync(rest, stopping).ConfigureAwait(false);
        broughtForward = options.TimeProvider.GetTimestamp();
    }

    // Not while a different request is due: the service refused the previous one.
    private bool TryEnd()
    {
        lock (gate)
            return ended = !reopenDue;
    }

    private bool IsChanged()
    {
        lock (gate)
            return reopenDue;
    }

    private WatchActiveCredentialRequest NewRequest(out CancellationToken changed)
    {
        var request = new WatchActiveCredentialRequest
        {
            NodeId = options.NodeId ?? "",
            InstanceId = options.NodeId is null ? "" : instanceId,
            HeartbeatInterval = Duration.FromTimeSpan(options.HeartbeatInterval),
        };
        lock (gate)
        {
            reopen?.Dispose();
            reopen = new CancellationTokenSource(Timeout.InfiniteTimeSpan, options.TimeProvider);
            reopenDue = false;
            changed = reopen.Token;
            foreach (var (tenant, source) in tenants)
                request.Tenants.Add(source.Snapshot.Watched(tenant));
        }
        return request;
    }

    private async Task<AsyncServerStreamingCall<WatchActiveCredentialResponse>> OpenAsync(WatchActiveCredentialRequest request, CancellationToken cancel)
    {
        var headers = options.CallerHeaders is { } fetch ? await fetch(reconnect.Refused, cancel).ConfigureAwait(false) : null;
        cancel.ThrowIfCancellationRequested();
        return new SyncCredentials.SyncCredentialsClient(connection.Open()).WatchActiveCredential(request, headers, cancellationToken: cancel);
    }

    private void Receive(WatchActiveCredentialResponse message)
    {
        reconnect.MessageCame();
        switch (message.EventCase)
        {
            case WatchActiveCredentialResponse.EventOneofCase.Credential:
                Tell(message.Credential.TenantId, Answers.From(message.Credential));
                break;
            case WatchActiveCredentialResponse.EventOneofCase.Unavailable:
                Tell(message.Unavailable.TenantId, Answers.From(message.Unavailable));
                break;
            case WatchActiveCredentialResponse.EventOneofCase.Synced:
                freshness.Synced();
                if (repeatWhenSynced)
                    reporter?.Repeat();
                repeatWhenSynced = false;
                Log.Synced(log);
                break;
            case WatchActiveCredentialResponse.EventOneofCase.Heartbeat:
                freshness.Heartbeat(message.Heartbeat.AsOf);
                var stale = message.Heartbeat.StaleTenantIds.ToHashSet(StringComparer.Ordinal);
                UpdateAll(now => now.Answer is null ? now : now with { TenantStale = stale.Contains(now.Answer.TenantId) });
                Log.Heartbeat(log, message.Heartbeat.AsOf, stale.Count);
                break;
        }
    }

    private void Tell(string tenantId, CredentialAnswer? answer)
    {
        CredentialSource? source;
        lock (gate)
            source = tenants.GetValueOrDefault(tenantId);
        if (source is null || answer is null)
        {
            Log.Ignored(log, source is null ? "for a tenant that is not watched" : "without a session");
            return;
        }
        freshness.Answered();
        reporter?.Join(tenantId);
        source.Receive(answer);
    }

    private void FreshnessChanged(bool stale)
    {
        if (stale)
            Log.Stale(log, limit.TotalSeconds);
        else
            Log.Fresh(log);
        UpdateAll(now => now with { StreamStale = stale });
    }

    private void UpdateAll(Func<Snapshot, Snapshot> change)
    {
        CredentialSource[] sources;
        lock (gate)
            sources = [.. tenants.Values];
        foreach (var source in sources)
            source.Update(change);
    }

    private static string NewInstanceId() => Guid.NewGuid().ToString();

    private void AskToReopen_NeedsLock()
    {
        if (reopenDue || ended)
            return;
        reopenDue = true;
        reopen?.CancelAfter(Coalesce);
    }

    private async Task PauseAsync(TimeSpan delay, CancellationToken cancel) =>
        await Task.Delay(delay, options.TimeProvider, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "The watch holds the current state of its tenants")]
        public static partial void Synced(ILogger logger);

        [LoggerMessage(EventId = 2, Message = "The watch's stream ended with {Status} ({Detail}); opening it again in {Seconds} s")]
        public static partial void Ended(ILogger logger, LogLevel level, StatusCode status, string detail, double seconds);

        [LoggerMessage(3, LogLevel.Error, "The watch has stopped: {Reason}")]
        public static partial void Stopped(ILogger logger, string reason);

        [LoggerMessage(4, LogLevel.Warning, "The watch has had no proof for {Seconds} s that its sessions are current; they may be old")]
        public static partial void Stale(ILogger logger, double seconds);

        [LoggerMessage(5, LogLevel.Information, "The watch is fresh again")]
        public static partial void Fresh(ILogger logger);

        [LoggerMessage(6, LogLevel.Debug, "The watch ignored a message {Why}")]
        public static partial void Ignored(ILogger logger, string why);

        [LoggerMessage(8, LogLevel.Debug, "The watch has nothing to watch")]
        public static partial void Idle(ILogger logger);

        [LoggerMessage(7, LogLevel.Trace, "The watch received a heartbeat as of {AsOf}; {StaleTenants} of its tenants are stale")]
        public static partial void Heartbeat(ILogger logger, Timestamp? asOf, int staleTenants);
    }
}
