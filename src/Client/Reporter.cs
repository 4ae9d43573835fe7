using System.Diagnostics;
using System.Threading.Channels;
using Grpc.Core;
using GrpcCreds.V1;
using Microsoft.Extensions.Logging;

namespace GrpcCreds.Client;

/// <summary>
/// Reports to the service which revisions this node has applied and which it cannot use, for the tenants of one stream. Never throws, never gives up.
/// </summary>
/// <remarks>
/// Calls overlap, because the answer to a rejection may take seconds and must not delay the reports on other tenants; <see cref="Outbox"/> keeps the
/// reports on each tenant in order. A failed call keeps its tenants until its back-off is over. Only the loop of <see cref="RunAsync"/> starts calls,
/// and after it <see cref="EndAsync"/>.
/// </remarks>
internal sealed partial class Reporter : IDisposable
{
    /// <summary>Reports within this time share a call.</summary>
    public static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(40);

    /// <summary>The maximum duration of a call; the service answers a rejection within 5 s.</summary>
    public static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);

    /// <summary>The longest time by which the reports of leaving may delay the end of the process.</summary>
    public static readonly TimeSpan GoodbyeLimit = TimeSpan.FromSeconds(2);

    private readonly GrpcCredsClientOptions options;
    private readonly Connection connection;
    private readonly Func<string> instanceId;
    private readonly ClientMetrics metrics;
    private readonly ILogger log;
    private readonly Outbox outbox;
    private readonly Lock gate = new();
    private readonly Reconnect reconnect;
    private readonly Channel<bool> due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource stopping = new();
    private readonly CancellationTokenSource aborting = new();
    private readonly List<Task> calls = [];
    private readonly Task running;
    private bool refusalLogged;

    public Reporter(GrpcCredsClientOptions options, Connection connection, Func<string> instanceId, ClientMetrics metrics, ILogger log)
    {
        (this.options, this.connection, this.instanceId, this.metrics, this.log) = (options, connection, instanceId, metrics, log);
        outbox = new Outbox(options.TimeProvider);
        reconnect = new Reconnect(options.MinBackoff, options.MaxBackoff, Random.Shared.NextDouble);
        running = Task.Run(RunAsync);
    }

    /// <summary>The service has answered for a tenant.</summary>
    public void Join(string tenantId) => outbox.Join(tenantId);

    public void Stay(string tenantId) => outbox.Stay(tenantId);

    public void Leave(string tenantId) => Ring(outbox.Leave(tenantId));

    /// <summary>A stream that was opened again after a failure is synced: the service may have lost the earlier reports.</summary>
    public void Repeat() => Ring(outbox.Repeat());

    /// <summary>The application has taken this answer.</summary>
    public void Taken(CredentialAnswer answer)
    {
        if (options.ReportApplied == ReportApplied.WhenTaken)
            Ring(outbox.Applied(answer.TenantId, answer.Revision));
    }

    /// <summary>The application reports, or a call to Salesforce has shown, that this answer is in use and works.</summary>
    public void Applied(CredentialAnswer answer) => Ring(outbox.Applied(answer.TenantId, answer.Revision, afterRejection: true));

    /// <inheritdoc cref="Outbox.Rejected"/>
    public Task<ReportVerdict?> RejectedAsync(CredentialAnswer answer, FailureClass failure, string salesforceCode)
    {
        var verdict = outbox.Rejected(answer.TenantId, answer.Revision, failure, salesforceCode, out var isDue);
        Ring(isDue);
        return verdict;
    }

    /// <summary>Ends the reports. If this node leaves, first reports that for every tenant.</summary>
    public async Task EndAsync(bool leave)
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        using (var patience = new CancellationTokenSource(GoodbyeLimit, options.TimeProvider))
        {
            // Calls that are running end first: a report that arrives after the leave report would make this node expected again.
            if (leave)
            {
                outbox.LeaveAll();
                await CallsEndAsync(patience.Token).ConfigureAwait(false);
                SendWhatIsDue();
                await CallsEndAsync(patience.Token).ConfigureAwait(false);
            }
        }
        await aborting.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(calls).ConfigureAwait(false);
    }

    public void Dispose()
    {
        stopping.Dispose();
        aborting.Dispose();
    }

    private async Task RunAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            await ((Task)due.Reader.ReadAsync(stopping.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await PauseAsync(Gather).ConfigureAwait(false);
            calls.RemoveAll(call => call.IsCompleted);
            if (!stopping.IsCancellationRequested)
                SendWhatIsDue();
        }
    }

    private void SendWhatIsDue()
    {
        while (outbox.Take() is { Count: > 0 } reports)
            calls.Add(SendAsync(reports));
    }

    private async Task SendAsync(IReadOnlyList<NodeReport> reports)
    {
        if (await CallAsync(reports).ConfigureAwait(false) is not { } failed)
            return;
        foreach (var report in reports)
            metrics.Reported(report, null);
        Next next;
        lock (gate)
            next = reconnect.After(failed);
        if (next.StopReason is { } reason)
        {
            Log.Refused(log, refusalLogged ? LogLevel.Debug : LogLevel.Warning, reason);
            refusalLogged = true;
            outbox.Refused(reports);
            return;
        }
        Log.Failed(log, failed.Code, failed.Detail, next.Delay.TotalSeconds);
        await PauseAsync(next.Delay).ConfigureAwait(false);
        Ring(outbox.Failed(reports));
    }

    /// <returns>null if the service has answered.</returns>
    private async Task<StreamEnd?> CallAsync(IReadOnlyList<NodeReport> reports)
    {
        using var limit = new CancellationTokenSource(CallLimit, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborting.Token, limit.Token);
        using var activity = ClientMetrics.Activities.StartActivity("ReportCredentials", ActivityKind.Client);
        activity?.SetTag("grpccreds.reports", reports.Count);
        try
        {
            Take(reports, await AskAsync(reports, either.Token).WaitAsync(either.Token).ConfigureAwait(false));
            return null;
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);
            return e switch
            {
                RpcException rpc => new StreamEnd(rpc.StatusCode, rpc.Status.Detail, Answered: false, RetryInfo.From(rpc.Trailers)),
                OperationCanceledException => new StreamEnd(StatusCode.DeadlineExceeded, $"no answer within {CallLimit.TotalSeconds} s", Answered: false),
                // From the application's hooks (caller headers, channel options), or from a service with an unexpected response.
                _ => new StreamEnd(StatusCode.Unknown, $"{e.GetType().Name}: {e.Message}", Answered: false),
            };
        }
    }

    private async Task<ReportCredentialsResponse> AskAsync(IReadOnlyList<NodeReport> reports, CancellationToken cancel)
    {
        bool refused;
        lock (gate)
            refused = reconnect.Refused;
        var headers = options.CallerHeaders is { } fetch ? await fetch(refused, cancel).ConfigureAwait(false) : null;
        cancel.ThrowIfCancellationRequested();
        var request = new ReportCredentialsRequest { NodeId = options.NodeId, InstanceId = instanceId(), Reports = { reports } };
        return await new SyncCredentials.SyncCredentialsClient(connection.Open()).ReportCredentialsAsync(request, headers, cancellationToken: cancel)
            .ConfigureAwait(false);
    }

    private void Take(IReadOnlyList<NodeReport> reports, ReportCredentialsResponse answer)
    {
        if (!reports.Select(report => report.TenantId).SequenceEqual(answer.Results.Select(result => result.TenantId)))
            throw new InvalidOperationException("the results do not match the reports");
        lock (gate)
            reconnect.MessageCame();
        foreach (var (report, result) in reports.Zip(answer.Results))
        {
            metrics.Reported(report, result.Verdict);
            if (result.Verdict == ReportVerdict.NotPermitted)
                Log.NotPermitted(log, report.TenantId);
        }
        Ring(outbox.Settled(answer.Results));
    }

    private void Ring(bool isDue)
    {
        if (isDue)
            due.Writer.TryWrite(true);
    }

    private async Task CallsEndAsync(CancellationToken patience) =>
        await Task.WhenAll(calls).WaitAsync(patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task PauseAsync(TimeSpan delay) =>
        await Task.Delay(delay, options.TimeProvider, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static partial class Log
    {
        [LoggerMessage(EventId = 9, Message = "The service accepts no reports ({Reason}); the client tries again after the stream is reopened")]
        public static partial void Refused(ILogger logger, LogLevel level, string reason);

        [LoggerMessage(10, LogLevel.Information, "A report failed with {Status} ({Detail}); sending it again in {Seconds} s")]
        public static partial void Failed(ILogger logger, StatusCode status, string detail, double seconds);

        [LoggerMessage(11, LogLevel.Debug, "The service did not permit a report for tenant {TenantId}")]
        public static partial void NotPermitted(ILogger logger, string tenantId);
    }
}
