using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace GrpcCreds.Server.Observability;

/// <summary>
/// All metrics of the service, one method per fact. No tag names a tenant or a user, and every tag has few values. docs/operations/metrics.md lists them.
/// </summary>
internal sealed class ServiceMetrics
{
    public const string MeterName = "GrpcCreds.Server";

    /// <summary>Traces of the service's own work.</summary>
    public static readonly ActivitySource Activities = new(MeterName);

    private readonly Counter<long> logins;
    private readonly Counter<long> oauthCalls;
    private readonly Counter<long> checksNotPassed;
    private readonly Counter<long> protectedTests;
    private readonly Counter<long> renewal;
    private readonly Counter<long> rotations;
    private readonly Histogram<double> timeLeft;
    private readonly Counter<long> rollbacks;
    private readonly Counter<long> unreadable;
    private readonly Counter<long> cutStreams;
    private readonly Counter<long> refusedCallers;
    private readonly Counter<long> refusedCalls;
    private readonly Counter<long> closedConnections;
    private readonly Counter<long> reloads;
    private readonly Counter<long> disclosures;
    private readonly Counter<long> repeats;
    private readonly Counter<long> auditFailures;
    private readonly UpDownCounter<long> streams;
    private readonly Counter<long> reports;
    private readonly Counter<long> nodeWrites;
    private readonly Counter<long> nodesNotKept;
    private readonly Histogram<double> rolloutTime;
    private readonly Counter<long> notRolledOut;
    private readonly Counter<long> resealed;
    private readonly Counter<long> failedWork;
    private IReadOnlyDictionary<string, long> keysInUse = new Dictionary<string, long>();
    private int usable = 1;
    private string durability = "disk";

    public ServiceMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(MeterName);
        logins = meter.CreateCounter<long>(
            "grpccreds.salesforce.logins", "{login}", "Logins sent to Salesforce, by purpose (test, renewal) and outcome (accepted or a failure class)");
        oauthCalls = meter.CreateCounter<long>(
            "grpccreds.salesforce.oauth_calls",
            "{call}",
            "OAuth calls to Salesforce, by call (exchange, refresh, introspect, revoke, userinfo, api) and outcome (accepted or a failure class)");
        checksNotPassed = meter.CreateCounter<long>(
            "grpccreds.tests.checks_not_passed",
            "{check}",
            "Checks of access tests that failed or that Salesforce did not let the service make, by check and outcome (failed, not_checked)");
        protectedTests = meter.CreateCounter<long>(
            "grpccreds.account.protected", "{test}", "Tests that were refused because their Salesforce user was tested too often");
        renewal = meter.CreateCounter<long>(
            "grpccreds.upkeep.calls",
            "{call}",
            "Calls that keep sessions and grants alive, by step (RENEW, INTROSPECT, CHECK), mode and outcome "
            + "(Renewed, TokenLives, …, unknown or a failure class)");
        rotations = meter.CreateCounter<long>(
            "grpccreds.secret_rotation.steps",
            "{step}",
            "Steps of rotations of an app's secret, by step (LOOK, STAGE, …) and outcome (Found, Made, …, or a failure class)");
        timeLeft = meter.CreateHistogram<double>(
            "grpccreds.upkeep.time_left", "s", "Remaining lifetime of the old session when it was renewed, by mode; below 0 if it had ended");
        rollbacks = meter.CreateCounter<long>(
            "grpccreds.store.rollbacks", "{tenant}", "Tenants whose newest state the store had lost and this server restored");
        unreadable = meter.CreateCounter<long>("grpccreds.records.unreadable", "{read}", "Reads of a record that could not be decrypted");
        cutStreams = meter.CreateCounter<long>("grpccreds.watch.cut", "{stream}", "Streams closed because their caller did not read");
        refusedCallers = meter.CreateCounter<long>(
            "grpccreds.callers.refused", "{call}", "Calls whose caller was not authenticated, by the proof of identity that was sent");
        refusedCalls = meter.CreateCounter<long>(
            "grpccreds.calls.refused", "{call}", "Calls refused for reasons other than failed authentication, by reason");
        closedConnections = meter.CreateCounter<long>(
            "grpccreds.connections.closed",
            "{connection}",
            "Connections that were closed because no caller had authenticated on them, by cause (limit, silent, refused)");
        reloads = meter.CreateCounter<long>(
            "grpccreds.callers.reloads", "{reload}", "Changed caller and certificate files, by file and outcome (accepted, refused)");
        disclosures = meter.CreateCounter<long>(
            "grpccreds.audit.disclosures", "{caller}", "Callers recorded as recipients of a revision with a secret, before it was sent");
        repeats = meter.CreateCounter<long>(
            "grpccreds.audit.repeats", "{message}", "Messages with a secret to callers that were already recorded for that revision");
        auditFailures = meter.CreateCounter<long>(
            "grpccreds.audit.failures", "{attempt}", "Failed attempts to write the audit log, by entry (disclosure, refusal)");
        streams = meter.CreateUpDownCounter<long>("grpccreds.watch.streams", "{stream}", "Open streams");
        reports = meter.CreateCounter<long>(
            "grpccreds.nodes.reports", "{report}", "Reports of nodes, by content (applied, rejected, leaving) and verdict");
        nodeWrites = meter.CreateCounter<long>("grpccreds.nodes.writes", "{write}", "Writes of node data, at most one per tenant and second");
        nodesNotKept = meter.CreateCounter<long>(
            "grpccreds.nodes.not_kept", "{change}", "Changes of nodes that were not stored because their tenant has too many nodes");
        rolloutTime = meter.CreateHistogram<double>(
            "grpccreds.rollout.time", "s", "Time from the answer to a write until the last node reported that it applied it");
        notRolledOut = meter.CreateCounter<long>(
            "grpccreds.rollout.unfinished", "{write}", "Writes that not all nodes had applied after 15 minutes");
        failedWork = meter.CreateCounter<long>(
            "grpccreds.work.failed", "{round}", "Rounds of background work that failed with an unexpected exception, by work");
        resealed = meter.CreateCounter<long>(
            "grpccreds.keys.resealed", "{record}", "Records encrypted again because another key has become active");
        meter.CreateObservableGauge(
            "grpccreds.keys.in_use",
            () => Volatile.Read(ref keysInUse).Select(key => new Measurement<long>(key.Value, new KeyValuePair<string, object?>("key", key.Key))),
            "{record}",
            "Records encrypted with each key at the last count; a replaced key may be removed only when this is 0");
        meter.CreateObservableGauge(
            "grpccreds.store.usable", () => Volatile.Read(ref usable), "{boolean}", "1 while the store can be read and written, else 0");
        meter.CreateObservableGauge(
            "grpccreds.store.durability",
            () => new Measurement<int>(1, new KeyValuePair<string, object?>("class", Volatile.Read(ref durability))),
            "{boolean}",
            "1 for the class of durability that an acknowledged write has");
    }

    public void LoggedIn(string purpose, string outcome) => logins.Add(1, new("purpose", purpose), new("outcome", outcome));

    public void CalledOAuth(string call, string outcome) => oauthCalls.Add(1, new("call", call), new("outcome", outcome));

    /// <param name="check">A name of the contract.</param>
    /// <param name="outcome">failed or not_checked.</param>
    public void CheckNotPassed(string check, string outcome) => checksNotPassed.Add(1, new("check", check), new("outcome", outcome));

    public void AccountProtected() => protectedTests.Add(1);

    public void KeptUp(string step, string mode, string outcome) => renewal.Add(1, new("step", step), new("mode", mode), new("outcome", outcome));

    public void Rotated(string step, string outcome) => rotations.Add(1, new("step", step), new("outcome", outcome));

    public void RenewedBeforeEnd(string mode, TimeSpan left) => timeLeft.Record(left.TotalSeconds, new KeyValuePair<string, object?>("mode", mode));

    public void RolledBack() => rollbacks.Add(1);

    public void Unreadable() => unreadable.Add(1);

    public void StreamOpened() => streams.Add(1);

    public void StreamClosed() => streams.Add(-1);

    public void StreamCut() => cutStreams.Add(1);

    /// <param name="proof">nothing, header, certificate, token or api_key.</param>
    public void CallerRefused(string proof) => refusedCallers.Add(1, new KeyValuePair<string, object?>("proof", proof));

    /// <param name="reason">An ErrorReason of the contract.</param>
    public void CallRefused(string reason) => refusedCalls.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <param name="cause">limit, silent or refused.</param>
    public void ConnectionClosed(string cause) => closedConnections.Add(1, new KeyValuePair<string, object?>("cause", cause));

    public void Reloaded(string file, bool accepted) => reloads.Add(1, new("file", file), new("outcome", accepted ? "accepted" : "refused"));

    /// <param name="said">applied, rejected or leaving.</param>
    /// <param name="verdict">The verdict that was returned.</param>
    public void Reported(string said, string verdict) => reports.Add(1, new("said", said), new("verdict", verdict));

    public void NodesWritten() => nodeWrites.Add(1);

    public void NodeNotKept() => nodesNotKept.Add(1);

    public void RolledOut(TimeSpan time) => rolloutTime.Record(Math.Max(0, time.TotalSeconds));

    public void NotRolledOut() => notRolledOut.Add(1);

    public void Disclosed(int callers) => disclosures.Add(callers);

    public void Repeated(int streams) => repeats.Add(streams);

    /// <param name="entry">disclosure or refusal.</param>
    public void AuditFailed(string entry) => auditFailures.Add(1, new KeyValuePair<string, object?>("entry", entry));

    public void Resealed() => resealed.Add(1);

    /// <param name="work">One of the service's own names.</param>
    public void WorkFailed(string work) => failedWork.Add(1, new KeyValuePair<string, object?>("work", work));

    public void KeysInUse(IReadOnlyDictionary<string, long> byKeyId) => Volatile.Write(ref keysInUse, byKeyId);

    /// <param name="value">disk, replicas, log, provider or weak.</param>
    public void StoreDurability(string value) => Volatile.Write(ref durability, value);

    public void StoreUsable(bool value) => Volatile.Write(ref usable, value ? 1 : 0);
}
