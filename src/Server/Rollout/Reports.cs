using System.Collections.Concurrent;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Rollout;

/// <summary>
/// A node's report about a tenant. With a <paramref name="Rejection"/> it cannot use the revision; otherwise it has applied it, unless it is leaving.
/// </summary>
internal sealed record Report(TenantId Tenant, long Revision, bool Leaving, Rejection? Rejection);

/// <summary>The service's reaction to a report; a <c>ReportVerdict</c> of the contract.</summary>
internal enum Verdict
{
    Refreshing = 1,
    Suspended = 2,
    Superseded = 3,
    Noted = 4,
    NotPermitted = 5,
    Unreadable = 6,
}

/// <summary>The answer to a report.</summary>
internal sealed record Answer(Verdict Verdict, long NewestRevision, TimeSpan? RetryAfter = null)
{
    /// <summary>Several live processes have the node's name, and the report does not say which of them sent it: it counts for none.</summary>
    public bool IsAmbiguous { get; init; }
}

/// <summary>
/// Processes the reports of nodes: stores them, and if a session in force is rejected, has Salesforce asked about it by a commit to the record. However many
/// nodes reject it, on however many servers, only one commit asks; the others find that it was asked already.
/// </summary>
internal sealed class Reports(
    TenantRecords tenantRecords,
    View view,
    NodeRegistry registry,
    Fleets fleets,
    Attribution attribution,
    ServiceMetrics metrics,
    TimeProvider clock)
{
    /// <summary>How long the answer to a rejection waits for Salesforce's answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>When a node that waits for a new session may ask again.</summary>
    private static readonly TimeSpan Refreshing = TimeSpan.FromSeconds(5);

    /// <summary>When this server knows what another server has just sent: after that server's next write.</summary>
    private static readonly TimeSpan SentElsewhere = 2 * NodeRegistry.Pace;

    private readonly ConcurrentDictionary<(TenantId Tenant, long Revision), Lazy<Task>> asking = new();

    /// <summary>Completes when all reports are durable.</summary>
    /// <exception cref="Store.StoreUnavailableException">Some reports may be lost.</exception>
    public Task<Answer[]> TakeAsync(Caller caller, NodeName node, IEnumerable<Report> reports, CancellationToken cancellationToken) =>
        Task.WhenAll(reports.Select(report => TakeAsync(caller, node, report, cancellationToken)));

    private async Task<Answer> TakeAsync(Caller caller, NodeName node, Report report, CancellationToken cancellationToken)
    {
        var answer = caller.May(Role.Node, report.Tenant) ? await SoundAsync(caller, node, report, cancellationToken) : new(Verdict.NotPermitted, 0);
        metrics.Reported(
            report switch { { Leaving: true } => "leaving", { Rejection: not null } => "rejected", _ => "applied" },
            answer.IsAmbiguous ? "NotCounted" : answer.Verdict.ToString());
        return answer;
    }

    // Damaged data affects only its own tenant's report.
    private async Task<Answer> SoundAsync(Caller caller, NodeName node, Report report, CancellationToken cancellationToken)
    {
        try
        {
            return await AnswerAsync(caller, node, report, cancellationToken);
        }
        catch (Exception e) when (e is Store.StoreDamagedException or UnreadableException)
        {
            return new(Verdict.Unreadable, 0);
        }
    }

    private async Task<Answer> AnswerAsync(Caller caller, NodeName node, Report report, CancellationToken cancellationToken)
    {
        var tenant = report.Tenant;
        var snapshot = await tenantRecords.WatchedAsync(tenant, cancellationToken);
        if (!report.Leaving && !snapshot.IsUnreadable && report.Revision > snapshot.Record.Revision)
            snapshot = await tenantRecords.ReadAsync(tenant, cancellationToken);
        // For a record that cannot be decrypted only its rev is known; no revision is higher.
        var newest = snapshot.IsUnreadable ? Math.Max(snapshot.Rev, view.KnownRev(tenant)) : snapshot.Record.Revision;
        // Not stored: a report on a revision that does not exist, possibly because the store went back, and a report on a tenant that never had a revision.
        if (newest == 0 || (!report.Leaving && report.Revision > newest))
            return snapshot.IsUnreadable ? new(Verdict.Unreadable, 0) : new(Verdict.Noted, newest);

        var counted = await attribution.OfAsync(tenant, node, cancellationToken);
        node = counted ?? node;
        var durable = counted is null ? Task.CompletedTask : registry.ReportAsync(tenant, node, (entry, now) => Apply(entry, report, now), cancellationToken);
        var asks = !snapshot.IsUnreadable && report.Revision == newest && report.Rejection is { } rejection && Concerns(rejection.Class);
        var answer = asks ? await ChallengeAsync(caller, node, report, snapshot, cancellationToken)
            : snapshot.IsUnreadable ? new(Verdict.Unreadable, 0)
            : new Answer(report.Leaving || report.Revision == newest ? Verdict.Noted : Verdict.Superseded, newest);
        await durable;
        return answer with { IsAmbiguous = counted is null };
    }

    private static NodeEntry Apply(NodeEntry entry, Report report, long now) => report switch
    {
        { Leaving: true } => entry.Leaves(now),
        { Rejection: { } rejection } => entry.HasRejected(rejection, now),
        _ => entry.HasApplied(report.Revision, now),
    };

    // The other classes mean that the node could not use the session just now: a new session would be no better.
    private static bool Concerns(FailureClass failure) =>
        failure is FailureClass.SessionRefused or FailureClass.LoginRefused or FailureClass.NeedsSetup or FailureClass.WrongIdentity
            or FailureClass.ServiceConfiguration;

    private async Task<Answer> ChallengeAsync(Caller caller, NodeName node, Report report, RecordSnapshot snapshot, CancellationToken cancellationToken)
    {
        var (tenant, revision) = (report.Tenant, report.Revision);
        if (!await WasSentAsync(tenant, node, revision, cancellationToken))
            return new(Verdict.Noted, revision, SentElsewhere);
        var mailbox = new Mailbox();
        using var watch = view.Watch(tenant, mailbox.Changed);
        if (RejectionRules.MayAsk(snapshot.Record, revision, clock.GetUtcNow()))
            await SuspectAsync(caller, tenant, revision).WaitAsync(cancellationToken);

        using var patience = new CancellationTokenSource(Patience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        var now = await tenantRecords.WatchedAsync(tenant, cancellationToken);
        while (!now.IsUnreadable && now.Record.Revision == revision
            && RejectionRules.IsBeingSettled(now.Record, clock.GetUtcNow()) && !patience.IsCancellationRequested)
        {
            await mailbox.WaitAsync(either.Token).AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            now = view.Held(tenant) ?? now;
        }
        return Judge(now, revision);
    }

    // One commit for all nodes of this server that reject the revision at the same time; between servers the record decides.
    private Task SuspectAsync(Caller caller, TenantId tenant, long revision) =>
        asking.GetOrAdd((tenant, revision), _ => new(() => Task.Run(() => AskAsync(caller, tenant, revision)))).Value;

    private async Task AskAsync(Caller caller, TenantId tenant, long revision)
    {
        try
        {
            var origin = new Origin(caller.Name, caller.From, "ReportCredentials", null);
            await tenantRecords.ApplyAsync(tenant, new Command.Reject(revision), origin, RequestKey.Own(), CancellationToken.None);
        }
        finally
        {
            asking.TryRemove((tenant, revision), out _);
        }
    }

    private async Task<bool> WasSentAsync(TenantId tenant, NodeName node, long revision, CancellationToken cancellationToken) =>
        registry.WasSent(tenant, node, revision)
        || registry.WasSent(tenant, node with { NodeId = "", InstanceId = "" }, revision)
        || (await fleets.ReadAsync(tenant, cancellationToken)).WasSent(node.Caller, revision);

    private Answer Judge(RecordSnapshot snapshot, long revision)
    {
        if (snapshot.IsUnreadable)
            return new(Verdict.Unreadable, 0);
        var (record, now) = (snapshot.Record, clock.GetUtcNow());
        if (PublishedState.By(record).Session is null)
            return new(Verdict.Suspended, record.Revision);
        if (record.Revision > revision)
            return new(Verdict.Superseded, record.Revision);
        if (RejectionRules.IsBeingSettled(record, now))
            return new(Verdict.Refreshing, revision, Refreshing);
        return new(Verdict.Noted, revision, record.Question?.NextTime - now is { Ticks: > 0 } left ? left : null);
    }
}
