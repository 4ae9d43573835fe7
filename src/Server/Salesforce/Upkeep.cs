using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Credentials;

namespace GrpcCreds.Server.Salesforce;

/// <summary>
/// Keeps sessions and grants alive: claims the next call that is due in the record, makes it once, and merges the answer into the record as it
/// is then. The rules say which call that is; what differs between modes is <see cref="AskAsync"/> alone.
/// </summary>
internal sealed partial class Upkeep(
    Ledger ledger, Logins logins, SalesforceClient salesforce, OAuthClient oauth, Answers answers, TimeProvider clock, ILogger<Upkeep> log)
{
    /// <summary>A claim older than this is not followed by a request: others may believe that it has ended.</summary>
    private static readonly TimeSpan MaxClaimAge = TimeSpan.FromSeconds(5);

    /// <summary>Makes the tenant's next call, if one is due and nobody else is at it.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="credentialId">Of this credential, and now; null: whichever is due.</param>
    /// <returns>Whether a call was claimed, and its answer taken.</returns>
    public async Task<bool> StepAsync(TenantId tenant, long? credentialId = null)
    {
        var claimedAt = clock.GetTimestamp();
        var applied = await ledger.ApplyOwnAsync(tenant, new Command.ClaimUpkeep { CredentialId = credentialId }, "CLAIM_RENEWAL", CancellationToken.None);
        if (applied is not Applied.Done { State: var claimed })
            return false;
        var credential = Claimed(claimed);
        var claim = credential.Upkeep.Claim!;
        var answer = await AskAsync(credential, claim.Step, maySend: () => clock.GetElapsedTime(claimedAt) < MaxClaimAge);
        var merged = await answers.KeepAsync(tenant, new Command.FinishUpkeep(claim.Attempt, answer), Origin.Service(NameOf(claim.Step)));
        if (merged is Applied.Nothing)
            await RetireAsync(tenant, (credential as OAuthCredential)?.Grant, credential, answer);
        if (answer is UpkeepAnswer.NotRenewed { Failure: var failure })
            Log.Failed(log, tenant, failure.Class, failure.SalesforceCode, failure.Advice);
        return true;
    }

    private static Credential Claimed(TenantRecord state) => new Credential?[] { state.Password.Current, state.OAuth.Current, state.OAuth.Candidate }
        .Single(credential => credential?.Upkeep.Claim?.Attempt == state.Rev)!;

    private async Task<UpkeepAnswer> AskAsync(Credential credential, UpkeepStep step, Func<bool> maySend) => (step, credential) switch
    {
        (UpkeepStep.Check, { Upkeep.Session: { } session }) => Of(await CheckAsync(credential, session)),
        (UpkeepStep.Check, _) => new UpkeepAnswer.SessionIsDead(),
        (UpkeepStep.Introspect, OAuthCredential { Grant: { } grant }) => Of(await oauth.IntrospectAsync(grant.LoginUrl, grant.RefreshToken)),
        (_, OAuthCredential { Grant: { } grant, Identity: var identity }) =>
            Of(await oauth.RefreshAsync(grant.LoginUrl, grant.RefreshToken, identity, grant.SessionLifetime, maySend)),
        (_, PasswordCredential password) => Of(await logins.RenewAsync(password, maySend)),
        _ => throw new InvalidOperationException($"no {step} of a {credential.GetType().Name}"),
    };

    private Task<SessionCheck> CheckAsync(Credential credential, SalesforceSession session) => credential is OAuthCredential
        ? oauth.CheckSessionAsync(session)
        : salesforce.CheckSessionAsync(session, CancellationToken.None);

    // Its place is gone: deleted or replaced meanwhile. What came must not live on unknown to anybody.
    private async Task RetireAsync(TenantId tenant, Grant? grant, Credential credential, UpkeepAnswer answer)
    {
        var came = answer switch
        {
            UpkeepAnswer.Renewed { RefreshToken: { } token } => token,
            UpkeepAnswer.NotRenewed { Unwanted: { } token } => token,
            _ => null,
        };
        if (came is not null && grant is not null && credential is OAuthCredential { Identity: var identity })
            await answers.KeepAsync(tenant, new Command.Retire(came, grant.LoginUrl, identity), Origin.Service("RETIRE"));
    }

    private static UpkeepAnswer Of(TestVerdict verdict) => verdict.Failure is { } failure
        ? new UpkeepAnswer.NotRenewed(failure, failure.EndsLogins ? GrantFate.Dead : GrantFate.Kept)
        : new UpkeepAnswer.Renewed(verdict.Session!);

    private static UpkeepAnswer Of(GrantVerdict verdict) => verdict.Failure is { } failure
        ? new UpkeepAnswer.NotRenewed(failure, verdict.Fate, verdict.RefreshToken)
        : new UpkeepAnswer.Renewed(verdict.Session!, verdict.RefreshToken);

    private static UpkeepAnswer Of(Introspection introspection) => introspection switch
    {
        Introspection.Active => new UpkeepAnswer.TokenLives(),
        Introspection.Inactive => new UpkeepAnswer.TokenIsDead(),
        Introspection.Unclear unclear => new UpkeepAnswer.Unclear(unclear.Failure),
        _ => throw new ArgumentOutOfRangeException(nameof(introspection)),
    };

    private static UpkeepAnswer Of(SessionCheck check) => check.Liveness switch
    {
        Liveness.Alive => new UpkeepAnswer.SessionLives(),
        Liveness.Dead => new UpkeepAnswer.SessionIsDead(),
        _ => new UpkeepAnswer.Unclear(check.Failure!),
    };

    private static string NameOf(UpkeepStep step) => step switch
    {
        UpkeepStep.Check => "CHECK",
        UpkeepStep.Introspect => "INTROSPECT",
        _ => "RENEW",
    };

    private static partial class Log
    {
        [LoggerMessage(420, LogLevel.Warning, "The session of tenant {Tenant} could not be renewed: {Failure} {Code}. {Advice}")]
        public static partial void Failed(ILogger logger, TenantId tenant, FailureClass failure, string? code, string advice);
    }
}
