using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using GrpcCreds.V1;

namespace GrpcCreds.Client;

/// <summary>
/// One tenant's credential, always the newest one known to this process. Get it from <see cref="CredentialWatch.For"/>. Safe for use by any number of
/// threads.
/// </summary>
public sealed partial class CredentialSource
{
    /// <summary>How long a call waits for the successor of a rejected session.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Latest<Snapshot> latest;
    private readonly TimeProvider time;
    private readonly ClientMetrics metrics;
    private volatile CredentialAnswer? taken;
    private volatile CredentialAnswer? doubted;
    private long policyNoted;
    private volatile bool appliesOnArrival;
    private volatile Reporter? reports;

    internal CredentialSource(string tenantId, TimeProvider time, ClientMetrics metrics, string? stopReason = null)
    {
        (TenantId, this.time, this.metrics) = (tenantId, time, metrics);
        latest = new(new Snapshot(StopReason: stopReason));
    }

    /// <summary>The tenant.</summary>
    public string TenantId { get; }

    /// <summary>
    /// What is known now, without waiting: null before the first answer, a <see cref="SalesforceSession"/>, or <see cref="NoSession"/> with the cause.
    /// Keeps its value while the service is unreachable (see <see cref="State"/>) and after the source has stopped. Reading it counts as taking the
    /// value (<see cref="GrpcCredsClientOptions.ReportApplied"/>).
    /// </summary>
    public CredentialAnswer? Current => Take(latest.Value.Answer);

    /// <summary>How far <see cref="Current"/> can be trusted to be current.</summary>
    public SourceState State => latest.Value.State;

    /// <summary>Why the source is <see cref="SourceState.Stopped"/>, in one sentence; null unless it is.</summary>
    public string? StopReason => latest.Value.StopReason;

    internal Snapshot Snapshot => latest.Value;

    /// <summary>Where this source reports; null if it reports nothing.</summary>
    internal Reporter? Reports
    {
        set => reports = value;
    }

    /// <summary>
    /// Returns the session to use: immediately if one is held, whatever the <see cref="State"/>, otherwise as soon as there is one. While the tenant
    /// has no session this method waits. <see cref="Current"/> shows why, and <see cref="GetAnswerAsync"/> waits only for the first answer.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait, which is otherwise unlimited.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <exception cref="CredentialWatchStoppedException">The source has stopped without holding a session.</exception>
    public ValueTask<SalesforceSession> GetAsync(CancellationToken cancellationToken = default) => FirstAsync<SalesforceSession>(cancellationToken);

    /// <summary>Returns what is known of the tenant, a session or that there is none, as soon as the service has answered once.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <exception cref="CredentialWatchStoppedException">The source has stopped before the first answer.</exception>
    public ValueTask<CredentialAnswer> GetAnswerAsync(CancellationToken cancellationToken = default) => FirstAsync<CredentialAnswer>(cancellationToken);

    /// <summary>
    /// Yields <see cref="Current"/> as soon as it is known, then again after each change. A slow reader receives only the newest value. Ends when the
    /// source stops.
    /// </summary>
    /// <param name="cancellationToken">Ends the reading with <see cref="OperationCanceledException"/>.</param>
    public async IAsyncEnumerable<CredentialAnswer> ChangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        CredentialAnswer? last = null;
        await foreach (var (answer, _, _, stopReason) in latest.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (answer is not null && answer != last)
                yield return Take(last = answer)!;
            if (stopReason is not null)
                yield break;
        }
    }

    /// <summary>
    /// Yields <see cref="State"/> now, then again after each change. A slow reader receives only the newest value. Ends with
    /// <see cref="SourceState.Stopped"/>.
    /// </summary>
    /// <param name="cancellationToken">Ends the reading with <see cref="OperationCanceledException"/>.</param>
    public async IAsyncEnumerable<SourceState> StatesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        SourceState? last = null;
        await foreach (var snapshot in latest.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (snapshot.State != last)
                yield return (last = snapshot.State).Value;
            if (last == SourceState.Stopped)
                yield break;
        }
    }

    /// <summary>
    /// Reports that this node uses an answer for every call from now on, and no longer uses an older one. For
    /// <see cref="Client.ReportApplied.WhenTold"/>. With <see cref="NoSession"/> it reports that the node has stopped calling Salesforce. Does not
    /// wait.
    /// </summary>
    /// <param name="answer">
    /// An answer from this source. An answer older than the last one reported, or outside the sequence of revisions, is not reported.
    /// </param>
    /// <exception cref="ArgumentException">The answer belongs to another tenant.</exception>
    public void ReportApplied(CredentialAnswer answer)
    {
        CheckOwn(answer);
        reports?.Applied(answer);
    }

    /// <summary>
    /// Returns a newer session to replace one that cannot be used. If a newer session is already held, returns it immediately. Otherwise reports the
    /// rejection, once for any number of callers, and waits at most 5 s for a newer session. Retry the call to Salesforce once with the returned
    /// session, and not again.
    /// </summary>
    /// <param name="rejected">The session that cannot be used.</param>
    /// <param name="why">
    /// With <see cref="FailureClass.SessionRefused"/>, LoginRefused, NeedsSetup, WrongIdentity or ServiceConfiguration (its host does not answer as
    /// Salesforce does), the service asks Salesforce whether the session is alive and renews it if not. The other classes are only recorded. Nothing is
    /// reported without a <see cref="GrpcCredsClientOptions.NodeId"/>.
    /// </param>
    /// <param name="salesforceCode">Salesforce's own code, such as INVALID_SESSION_ID, if it sent one: 1 to 80 of A-Z, a-z, 0-9, '_', '.' and '-'.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>
    /// null if no newer session arrives within that time, or the service reports that none will: Salesforce still accepts the session, or a person has
    /// to act (<see cref="Current"/> shows what to do).
    /// </returns>
    /// <exception cref="ArgumentException">The session belongs to another tenant, the class is missing or unknown, or the code is too long or contains
    /// other characters.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public async Task<SalesforceSession?> ReplaceAsync(
        SalesforceSession rejected, FailureClass why, string? salesforceCode = null, CancellationToken cancellationToken = default)
    {
        CheckOwn(rejected);
        if (why == FailureClass.Unspecified || !Enum.IsDefined(why))
            throw new ArgumentException("a rejection needs a known failure class other than Unspecified", nameof(why));
        if (!string.IsNullOrEmpty(salesforceCode) && !IsSalesforceCode(salesforceCode))
            throw new ArgumentException("a Salesforce code is 1 to 80 of A-Z, a-z, 0-9, '_', '.' and '-'", nameof(salesforceCode));
        using var activity = ClientMetrics.Activities.StartActivity("ReplaceSession");
        var newer = await NewerAsync(rejected, why, salesforceCode ?? "", cancellationToken).ConfigureAwait(false) as SalesforceSession;
        activity?.SetTag("grpccreds.replaced", newer is not null);
        metrics.Replaced(newer is not null);
        return Take(newer);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{latest.Value.Answer?.ToString() ?? $"{TenantId}: nothing known yet"} [{State}]";

    internal static bool IsSalesforceCode(string text) => SalesforceCode().IsMatch(text);

    /// <summary>A handler uses the newest session for every call: an answer counts as in use when it arrives.</summary>
    internal void ApplyOnArrival()
    {
        appliesOnArrival = true;
        Take(latest.Value.Answer);
    }

    /// <summary>Receives an answer from the service.</summary>
    internal void Receive(CredentialAnswer answer)
    {
        var before = latest.Value.Answer;
        Update(now => now.After(answer));
        if (latest.Value.Answer != answer)
            return;
        // The first answer may have been in effect for days, so its age is not a measurement of the arrival time.
        if (before is not null && answer is SalesforceSession { ActiveSince: { } since })
            metrics.Arrived(time.GetUtcNow() - since);
        if (appliesOnArrival || answer is NoSession)
            Take(answer);
    }

    /// <summary>Reports a refused session, so that later calls get a newer one. Does not wait.</summary>
    internal void Reject(SalesforceSession refused, string salesforceCode) => _ = RejectAsync(refused, FailureClass.SessionRefused, salesforceCode);

    /// <summary>
    /// A policy of the org forbids a call. Reported once per revision, because a sync meets the policy repeatedly and no session solves it.
    /// </summary>
    internal void NotePolicy(SalesforceSession session, string salesforceCode)
    {
        if (Interlocked.Exchange(ref policyNoted, session.Revision) != session.Revision)
            _ = RejectAsync(session, FailureClass.NotPermitted, salesforceCode);
    }

    /// <summary>Salesforce accepted the session. If the session was rejected before, that was a false alarm.</summary>
    internal void Worked(SalesforceSession session)
    {
        if (doubted != session)
            return;
        doubted = null;
        reports?.Applied(session);
    }

    internal void Retried(bool accepted) => metrics.Retried(accepted);

    /// <summary>Replaces what is known. A stopped source does not change.</summary>
    internal void Update(Func<Snapshot, Snapshot> change)
    {
        lock (gate)
        {
            var now = latest.Value;
            var next = now.StopReason is null ? change(now) : now;
            if (next != now)
                latest.Set(next);
        }
    }

    private async ValueTask<T> FirstAsync<T>(CancellationToken cancellationToken)
        where T : CredentialAnswer
    {
        if (latest.Value.Answer is T known)
            return Take(known)!;
        await foreach (var (answer, _, _, stopReason) in latest.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (answer is T wanted)
                return Take(wanted)!;
            if (stopReason is not null)
                break;
        }
        throw new CredentialWatchStoppedException(TenantId, StopReason!);
    }

    private T? Take<T>(T? answer)
        where T : CredentialAnswer
    {
        if (answer is null || taken == answer)
            return answer;
        taken = answer;
        reports?.Taken(answer);
        return answer;
    }

    private async Task<CredentialAnswer?> NewerAsync(SalesforceSession rejected, FailureClass why, string salesforceCode, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        var newer = NextAsync(rejected, either.Token);
        if (newer.IsCompleted)
            return await newer.ConfigureAwait(false);
        var verdict = RejectAsync(rejected, why, salesforceCode);
        try
        {
            if (await Task.WhenAny(newer, verdict).ConfigureAwait(false) == verdict && IsFinal(await verdict.ConfigureAwait(false), why))
                await either.CancelAsync().ConfigureAwait(false);
            return await newer.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<ReportVerdict?> RejectAsync(SalesforceSession rejected, FailureClass why, string salesforceCode)
    {
        if (reports is not { } reporter)
            return null;
        doubted = rejected;
        return await reporter.RejectedAsync(rejected, why, salesforceCode).ConfigureAwait(false);
    }

    /// <summary>Waits for the answer that replaces a session. null if the source stops first.</summary>
    private async Task<CredentialAnswer?> NextAsync(SalesforceSession replaced, CancellationToken cancellationToken)
    {
        await foreach (var (answer, _, _, stopReason) in latest.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (answer is NoSession || answer?.Revision > replaced.Revision)
                return answer;
            if (stopReason is not null)
                break;
        }
        return null;
    }

    /// <summary>
    /// Whether no newer session will follow a rejection. A rejection that could not be reported is not final: other nodes may have reported it.
    /// </summary>
    private static bool IsFinal(ReportVerdict? verdict, FailureClass why) => verdict switch
    {
        ReportVerdict.Refreshing or ReportVerdict.Superseded => false,
        null => why is not (FailureClass.SessionRefused or FailureClass.LoginRefused or FailureClass.NeedsSetup or FailureClass.WrongIdentity
            or FailureClass.ServiceConfiguration),
        _ => true,
    };

    private void CheckOwn(CredentialAnswer answer, [CallerArgumentExpression(nameof(answer))] string? parameter = null)
    {
        ArgumentNullException.ThrowIfNull(answer, parameter);
        if (answer.TenantId != TenantId)
            throw new ArgumentException("it belongs to another tenant", parameter);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_.-]{1,80}\z", RegexOptions.CultureInvariant)]
    private static partial Regex SalesforceCode();
}
