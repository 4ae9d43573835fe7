using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Salesforce.ClientCredentials;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.Results;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Rules;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Salesforce.Rotation;

/// <summary>
/// Makes the steps of rotations that are due: claims one in the record, makes it once, and commits what came of it. The rules decide which step is next.
/// </summary>
internal sealed partial class SecretRotator(
    TenantRecords tenantRecords, ClientCredentialsMode mode, ClientCredentialsClient tokens, StagedCredentialsClient apps, NodesBehind nodes,
    HostLimiter limiter, ResultCommitter answers, IOptions<SalesforceOptions> options, ServiceMetrics metrics, TimeProvider clock,
    ILogger<SecretRotator> log)
{
    /// <summary>An older claim is followed by no request that changes something.</summary>
    private static readonly TimeSpan MaxClaimAge = TimeSpan.FromSeconds(15);

    /// <summary>For all calls of a step but those of a test. With them, an answer still arrives before the claim ends.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A session that ends sooner is not used.</summary>
    private static readonly TimeSpan LeastLeft = TimeSpan.FromMinutes(2);

    private const string GoneAdvice =
        "The set in force is neither the app's primary nor its staged one: save the app's present key and secret with SetClientCredentials.";

    /// <summary>Makes the tenant's next step if one is due and no other server is making it.</summary>
    /// <exception cref="OperationCanceledException">The server is stopping, and nothing has begun.</exception>
    public async Task StepIfDueAsync(TenantId tenant, CancellationToken stoppingToken)
    {
        var record = (await tenantRecords.ReadAsync(tenant, CancellationToken.None)).Record;
        if (RotationRules.Due(record) is not { } due || due > clock.GetUtcNow() || record.ClientCredentials.Current is not { } current)
            return;
        var host = options.Value.LoginBaseUrl(current.UseSandbox, current.MyDomain).GetLeftPart(UriPartial.Authority);
        using var permit = await limiter.EnterAsync(host, HostLimiter.Patience, stoppingToken);
        if (permit is null)
            return;
        var claimedAt = clock.GetTimestamp();
        if (await tenantRecords.ApplyOwnAsync(tenant, new Command.ClaimRotation(), "CLAIM_ROTATION", CancellationToken.None)
            is not Applied.Done { Result: WriteResult.Pending, State: var claimed })
            return;
        var app = claimed.ClientCredentials.Current!;
        var rotation = app.Rotation!;
        var answer = await AskAsync(claimed, app, rotation, () => clock.GetElapsedTime(claimedAt) < MaxClaimAge);
        var failure = (answer as RotationAnswer.Failed)?.Failure;
        permit.Report(failure is { SalesforceCode: null } or { Class: FailureClass.Throttled } ? failure : null);
        permit.Dispose();
        var step = rotation.Step.ToString().ToUpperInvariant();
        // Before anything that could fail: a new secret exists nowhere else.
        var kept = await answers.KeepAsync(tenant, new Command.FinishRotation(rotation.Claim!.Attempt, answer), Origin.Service($"ROTATION_{step}"));
        metrics.Rotated(step, failure?.Class.ToString() ?? answer.GetType().Name);
        if (failure is not null)
            Log.Failed(log, tenant, step, failure.Class, failure.SalesforceCode, failure.Advice);
        else
            Log.Stepped(log, tenant, step, answer.GetType().Name);
        if (kept is Applied.Nothing && answer is RotationAnswer.Made made)
            await DropUnusedAsync(tenant, app, rotation, made.Set);
    }

    private async Task<RotationAnswer> AskAsync(TenantRecord claimed, ClientCredential app, SecretRotation rotation, Func<bool> maySend)
    {
        using var bound = new CancellationTokenSource(Patience);
        return rotation.Step switch
        {
            RotationStep.Look => await WithSessionAsync(claimed, app, maySend, session => apps.FindAsync(
                session, [app.ConsumerKey, .. rotation.Staged is { } staged ? [staged.ConsumerKey] : Array.Empty<string>()], rotation.StagedPath, bound.Token)),
            RotationStep.Stage => await WithSessionAsync(claimed, app, maySend, session => StageAsync(session, rotation, maySend, bound.Token)),
            RotationStep.Test => await TestAsync(app, rotation.Staged!, maySend),
            RotationStep.RollOut => await RollOutAsync(claimed, bound.Token),
            RotationStep.Promote => await WithSessionAsync(claimed, app, maySend, session => PromoteAsync(session, app, rotation, maySend, bound.Token)),
            RotationStep.Prove => await ProveAsync(app, rotation, maySend, bound.Token),
            RotationStep.Drop => await DropAsync(app, rotation, maySend, bound.Token),
            RotationStep.Return => await TestAsync(app, rotation.Former!, maySend),
            _ => throw new InvalidOperationException($"nothing is due in step {rotation.Step}"),
        };
    }

    // Someone may have staged a set since the last look.
    private async Task<RotationAnswer> StageAsync(
        SalesforceSession session, SecretRotation rotation, Func<bool> maySend, CancellationToken cancellationToken) =>
        await apps.StagedAsync(session, rotation.StagedPath!, cancellationToken) is var looked && looked is not RotationAnswer.Found { Staged: null } ? looked
        : await apps.StageAsync(session, rotation.StagedPath!, maySend, cancellationToken) is var made && made is not RotationAnswer.Failed { IsRefusal: true }
            ? made
        // The refusal may mean that a set is there by now.
        : await apps.StagedAsync(session, rotation.StagedPath!, cancellationToken) is RotationAnswer.Found { Staged: not null } seen ? seen
        : made;

    private async Task<RotationAnswer> TestAsync(ClientCredential app, ConsumerSet set, Func<bool> maySend)
    {
        var verdict = await mode.TestAsync(
            app with { ConsumerKey = set.ConsumerKey, ConsumerSecret = set.ConsumerSecret, SetTime = clock.GetUtcNow() }, app.Identity, maySend);
        return verdict.Failure is { } failure ? new RotationAnswer.Failed(failure) : new RotationAnswer.Passed(verdict);
    }

    // Nodes hold the sessions of the mode in force.
    private async Task<RotationAnswer> RollOutAsync(TenantRecord claimed, CancellationToken cancellationToken)
    {
        var (behind, rejected) = claimed.Active == claimed.ClientCredentials.Current
            ? await nodes(claimed.Tenant, claimed.Revision, cancellationToken)
            : (0, 0);
        return behind == 0 ? new RotationAnswer.RolledOut() : new RotationAnswer.NotRolledOut(behind, rejected);
    }

    private async Task<RotationAnswer> PromoteAsync(
        SalesforceSession session, ClientCredential app, SecretRotation rotation, Func<bool> maySend, CancellationToken cancellationToken)
    {
        var looked = await apps.StagedAsync(session, rotation.StagedPath!, cancellationToken);
        if (looked is not RotationAnswer.Found found)
            return looked;
        if (found.Staged is { } staged && staged.ConsumerKey == app.ConsumerKey)
            return await apps.PromoteAsync(session, staged, maySend, cancellationToken);
        if (found.Staged is { } former && former.ConsumerKey == rotation.Former?.ConsumerKey)
            return new RotationAnswer.Promoted();
        var (primary, failure) = await apps.PrimaryKeyAsync(session, rotation.StagedPath!, cancellationToken);
        return failure is not null ? new RotationAnswer.Failed(failure)
            : primary == app.ConsumerKey ? new RotationAnswer.Promoted()
            : rotation.Former is not null ? new RotationAnswer.Lost()
            : new RotationAnswer.Failed(new(FailureClass.NotPermitted, null, GoneAdvice, clock.GetUtcNow()));
    }

    // The set is tested before Salesforce is asked how it stands: a set that works is not given up because that question is refused.
    private async Task<RotationAnswer> ProveAsync(ClientCredential app, SecretRotation rotation, Func<bool> maySend, CancellationToken cancellationToken)
    {
        if (await TestAsync(app, SetOf(app), maySend) is var tested && tested is not RotationAnswer.Passed { Verdict.Session: { } session })
            return tested;
        return await apps.StagedAsync(session, rotation.StagedPath!, cancellationToken) switch
        {
            RotationAnswer.Found { Staged: { } staged } when staged.ConsumerKey == app.ConsumerKey => new RotationAnswer.NotPromoted(),
            RotationAnswer.Failed failed => failed with { SetWorks = true },
            _ => tested,
        };
    }

    // Only the former set is dropped, and only right after the new one has worked again. A set that another has staged since is not touched.
    private async Task<RotationAnswer> DropAsync(ClientCredential app, SecretRotation rotation, Func<bool> maySend, CancellationToken cancellationToken)
    {
        if (await TestAsync(app, SetOf(app), maySend) is var tested && tested is not RotationAnswer.Passed { Verdict: { Session: { } session } verdict })
            return tested;
        var looked = await apps.StagedAsync(session, rotation.StagedPath!, cancellationToken);
        if (looked is not RotationAnswer.Found found)
            return looked;
        if (found.Staged is { } staged && staged.ConsumerKey == app.ConsumerKey)
            return new RotationAnswer.NotPromoted();
        return found.Staged is { } former && former.ConsumerKey == rotation.Former?.ConsumerKey
            && await apps.DropAsync(session, former, maySend, cancellationToken) is { } failed
            ? failed
            : new RotationAnswer.Dropped(verdict);
    }

    // The credential was deleted or replaced while Salesforce made a set for it. It was given to no one.
    private async Task DropUnusedAsync(TenantId tenant, ClientCredential app, SecretRotation rotation, ConsumerSet made)
    {
        using var bound = new CancellationTokenSource(Patience);
        var isGone = (await tokens.RequestAsync(app, app.Identity, () => true)).Session is { } session
            && await apps.StagedAsync(session, rotation.StagedPath!, bound.Token) is RotationAnswer.Found found
            && (found.Staged is not { } staged || staged.ConsumerKey != made.ConsumerKey
                || await apps.DropAsync(session, staged, () => true, bound.Token) is null);
        if (!isGone)
            Log.Unused(log, tenant, made.ConsumerKey);
    }

    // With the session that serves the nodes, if there is one: one token fewer.
    private async Task<RotationAnswer> WithSessionAsync(
        TenantRecord claimed, ClientCredential app, Func<bool> maySend, Func<SalesforceSession, Task<RotationAnswer>> ask)
    {
        if (claimed.Active == app && app.Renewal is { Session: { } serving, IsSessionDead: false } && serving.ExpectedExpireTime > clock.GetUtcNow() + LeastLeft
            && await ask(serving) is var answer && answer is not RotationAnswer.Failed { Failure.SalesforceCode: "INVALID_SESSION_ID" })
            return answer;
        var verdict = await tokens.RequestAsync(app, app.Identity, maySend);
        return verdict.Session is { } session ? await ask(session) : new RotationAnswer.Failed(verdict.Failure!);
    }

    private static ConsumerSet SetOf(ClientCredential app) => new(app.ConsumerKey, app.ConsumerSecret);

    private static partial class Log
    {
        [LoggerMessage(470, LogLevel.Information, "The rotation of the app's secret of tenant {Tenant} made its step {Step}: {Answer}")]
        public static partial void Stepped(ILogger logger, TenantId tenant, string step, string answer);

        [LoggerMessage(471, LogLevel.Warning, "The rotation of the app's secret of tenant {Tenant} failed in step {Step}: {Failure} {Code}. {Advice}")]
        public static partial void Failed(ILogger logger, TenantId tenant, string step, FailureClass failure, string? code, string advice);

        [LoggerMessage(
            472,
            LogLevel.Warning,
            "Salesforce made a set for client credentials of tenant {Tenant} that were deleted or replaced meanwhile, and it could not be dropped again. "
                + "Delete the app's staged set {ConsumerKey} in Salesforce")]
        public static partial void Unused(ILogger logger, TenantId tenant, string consumerKey);
    }
}
