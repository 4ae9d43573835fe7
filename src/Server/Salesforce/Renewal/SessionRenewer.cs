using System.Collections.Frozen;
using System.Diagnostics;
using System.Text.Json;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Salesforce.Dialogues;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Salesforce.Results;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Rules;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Salesforce.Renewal;

/// <summary>
/// Keeps sessions and grants alive: claims the next due call in the record, makes it once, and merges the answer into the record as it is by then.
/// The rules decide which call is next, and the credential's mode makes it (<see cref="IModeSessions"/>).
/// </summary>
internal sealed partial class SessionRenewer(
    TenantRecords tenantRecords, IEnumerable<IModeSessions> modes, HostLimiter limiter, ResultCommitter answers,
    IOptions<SalesforceOptions> options, ServiceMetrics metrics, TimeProvider clock, ILogger<SessionRenewer> log)
{
    /// <summary>An older claim is not followed by a request: other servers may already consider it ended.</summary>
    private static readonly TimeSpan MaxClaimAge = TimeSpan.FromSeconds(5);

    private const string ClaimName = "CLAIM_RENEWAL";

    private readonly FrozenDictionary<Mode, IModeSessions> modes = modes.ToFrozenDictionary(mode => mode.Mode);

    /// <summary>Makes the tenant's next call if one is due and no other server is making it, once its login host has a permit for it.</summary>
    /// <param name="record">The tenant's record, just read or committed.</param>
    /// <param name="stoppingToken">Ends the wait for a permit.</param>
    /// <returns>The record with the answer; null if no call was made.</returns>
    /// <exception cref="OperationCanceledException">The server is stopping, and nothing has begun.</exception>
    public async Task<TenantRecord?> StepIfDueAsync(TenantRecord record, CancellationToken stoppingToken)
    {
        if (RenewalTimes.NextDue(record, clock.GetUtcNow()) is not { } due)
            return null;
        using var permit = await limiter.EnterAsync(HostOf(due), HostLimiter.Patience, stoppingToken);
        // What another server has written meanwhile may be this very call's claim. If the tenant is still due, the next look finds it.
        if (permit is null || tenantRecords.IsOutdated(record))
            return null;
        // The permit covers only the call: storing the answer may take long.
        var merged = await StepAsync(() => tenantRecords.ApplyOwnAsync(record, new Command.ClaimRenewal(), ClaimName), failure =>
        {
            permit.Report(failure);
            permit.Dispose();
        });
        return merged is Applied.Done { State: var after } ? after : null;
    }

    /// <summary>Makes the next call that a credential's session needs immediately, because a caller waits for it.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="credentialId">The credential.</param>
    /// <param name="deadSession">The session that Salesforce has just reported dead, if that is the reason.</param>
    /// <param name="forLostHost">Whether the reason is that its host does not answer like Salesforce. This reason counts only at a limited rate.</param>
    /// <returns>Whether a call was claimed, and its answer processed.</returns>
    public async Task<bool> StepNowAsync(TenantId tenant, long credentialId, Secret? deadSession, bool forLostHost)
    {
        var command = new Command.ClaimRenewal { CredentialId = credentialId, DeadSession = deadSession, ForLostHost = forLostHost };
        return await StepAsync(() => tenantRecords.ApplyOwnAsync(tenant, command, ClaimName, CancellationToken.None), report: _ => { }) is not null;
    }

    /// <returns>Null if no call was claimed.</returns>
    private async Task<Applied?> StepAsync(Func<Task<Applied>> claims, Action<Failure?> report)
    {
        var claimedAt = clock.GetTimestamp();
        if (await claims() is not Applied.Done { State: var claimed })
            return null;
        var tenant = claimed.Tenant;
        var (mode, credential) = Claimed(claimed);
        var claim = credential.Renewal.Claim!;
        using var activity = ServiceMetrics.Activities.StartActivity($"upkeep {NameOf(claim.Step)}", ActivityKind.Client);
        var answer = await AskAsync(modes[mode], claimed, credential, claim.Step, maySend: () => clock.GetElapsedTime(claimedAt) < MaxClaimAge);
        // An error about one user or token is not a failure of the host.
        report(FailureOf(answer) is { SalesforceCode: null } or { Class: FailureClass.Throttled } ? FailureOf(answer) : null);
        // Before anything that could fail: what the answer contains exists nowhere else.
        var merged = await answers.KeepAsync(tenant, new Command.FinishRenewal(claim.Attempt, answer), Origin.Service(NameOf(claim.Step)));
        if (merged is Applied.Nothing)
            await RetireAsync(tenant, mode, credential, answer);
        Count(mode, credential, claim, answer, activity);
        if (answer is RenewalAnswer.NotRenewed { Failure: var failure })
            Log.Failed(log, tenant, failure.Class, failure.SalesforceCode, failure.Advice);
        return merged;
    }

    // A session is checked at the host where it is used.
    private string HostOf(Credential credential) =>
        credential.Renewal is { Session: { } session, CheckTime: { } check } && check <= clock.GetUtcNow() ? session.InstanceUrl
        : credential.StandingGrant is { } grant ? grant.LoginUrl
        : options.Value.LoginBaseUrl(credential.UseSandbox, credential.MyDomain).GetLeftPart(UriPartial.Authority);

    private void Count(Mode of, Credential credential, RenewalClaim claim, RenewalAnswer answer, Activity? activity)
    {
        var outcome = answer is RenewalAnswer.NotRenewed { Fate: GrantFate.Unknown } ? "unknown" : FailureOf(answer)?.Class.ToString() ?? answer.GetType().Name;
        var mode = JsonNamingPolicy.SnakeCaseLower.ConvertName(of.ToString());
        activity?.SetTag("mode", mode).SetTag("outcome", outcome);
        metrics.KeptUp(NameOf(claim.Step), mode, outcome);
        if (claim.Step == RenewalCall.Renew && answer is RenewalAnswer.Renewed && credential.Renewal.Session is { } old)
            metrics.RenewedBeforeEnd(mode, old.ExpectedExpireTime - clock.GetUtcNow());
    }

    private static Failure? FailureOf(RenewalAnswer answer) => answer switch
    {
        RenewalAnswer.NotRenewed { Failure: var failure } => failure,
        RenewalAnswer.Unclear { Failure: var failure } => failure,
        RenewalAnswer.HostIsLost { Failure: var failure } => failure,
        _ => null,
    };

    private static (Mode Mode, Credential Credential) Claimed(TenantRecord state) =>
        Modes.Places.Where(place => state[place.Mode, place.Slot]?.Renewal.Claim?.Attempt == state.Rev)
            .Select(place => (place.Mode, state[place.Mode, place.Slot]!)).Single();

    private static async Task<RenewalAnswer> AskAsync(
        IModeSessions mode, TenantRecord claimed, Credential credential, RenewalCall step, Func<bool> maySend) =>
        (step, credential.Renewal.Session) switch
        {
            (RenewalCall.Check, { } session) => Of(await mode.CheckAsync(session)),
            (RenewalCall.Check, null) => new RenewalAnswer.SessionIsDead(),
            (RenewalCall.Introspect, _) => await mode.IntrospectAsync(credential),
            _ => await mode.RenewAsync(claimed, credential, maySend),
        };

    // The claim is gone: the credential was deleted or replaced in the meantime. The new token must not remain valid untracked.
    private async Task RetireAsync(TenantId tenant, Mode mode, Credential credential, RenewalAnswer answer)
    {
        var came = answer switch
        {
            RenewalAnswer.Renewed { RefreshToken: { } token } => token,
            RenewalAnswer.NotRenewed failed => failed.Unwanted ?? failed.Next,
            _ => null,
        };
        // A session that stands for itself is revoked too.
        if (answer is RenewalAnswer.Renewed { Session: var session } && (credential with { Renewal = new() { Session = session } }).Holds(session.AccessToken))
            await answers.KeepAsync(
                tenant, new Command.Retire(session.AccessToken, session.LoginUrl, session.Identity) { Mode = mode }, Origin.Service("RETIRE"));
        if (came is not null && credential.Leaving(rev: 0, clock.GetUtcNow()) is { } owner)
            await answers.KeepAsync(tenant, new Command.Retire(came, owner.LoginUrl, owner.Identity) { Mode = mode }, Origin.Service("RETIRE"));
    }

    private static RenewalAnswer Of(SessionCheck check) => check.Liveness switch
    {
        Liveness.Alive => new RenewalAnswer.SessionLives(),
        Liveness.Dead => new RenewalAnswer.SessionIsDead(),
        Liveness.HostLost => new RenewalAnswer.HostIsLost(check.Failure!),
        _ => new RenewalAnswer.Unclear(check.Failure!),
    };

    private static string NameOf(RenewalCall step) => step switch
    {
        RenewalCall.Check => "CHECK",
        RenewalCall.Introspect => "INTROSPECT",
        _ => "RENEW",
    };

    private static partial class Log
    {
        [LoggerMessage(420, LogLevel.Warning, "The session of tenant {Tenant} could not be renewed: {Failure} {Code}. {Advice}")]
        public static partial void Failed(ILogger logger, TenantId tenant, FailureClass failure, string? code, string advice);
    }
}
