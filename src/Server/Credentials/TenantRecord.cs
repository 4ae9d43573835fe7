using GrpcCreds.Server.Audit;

namespace GrpcCreds.Server.Credentials;

/// <summary>
/// Everything kept of a tenant. Immutable; <see cref="Rules"/> alone makes the next one, and the store keeps only its sealed form.
/// A tenant nobody configured is the record with nothing but its name.
/// </summary>
internal sealed record TenantRecord
{
    public required TenantId Tenant { get; init; }

    /// <summary>The commit this record came with: max(previous + 1, µs since 1970). Never reused.</summary>
    public long Rev { get; init; }

    /// <summary>The commit that last changed what nodes are told; 0 if nothing but NOT_CONFIGURED was ever told.</summary>
    public long Revision { get; init; }

    public DateTimeOffset? RevisionTime { get; init; }

    /// <summary>The commit of the last administrator's write, or of the activation that followed from one.</summary>
    public long Etag { get; init; }

    /// <summary>
    /// Set by a commit that repaired a rolled back store, until an administrator's next write: the rev at which the state it brought back was first committed.
    /// </summary>
    public long? HealedFrom { get; init; }

    public Mode ActiveMode { get; init; } = Mode.Off;

    /// <summary>Why no mode is active: NotConfigured, SwitchedOff or Deleted.</summary>
    public Availability OffCause { get; init; } = Availability.NotConfigured;

    public Slots<PasswordCredential> Password { get; init; } = Slots<PasswordCredential>.Empty;

    public Slots<OAuthCredential> OAuth { get; init; } = Slots<OAuthCredential>.Empty;

    /// <summary>The test that is running, at most one per tenant.</summary>
    public OpenTest? Test { get; init; }

    /// <summary>The OAuth setup that is open or being completed, at most one per tenant.</summary>
    public OpenSetup? Setup { get; init; }

    /// <summary>How the last setup ended.</summary>
    public SetupResult? LastSetup { get; init; }

    /// <summary>The setups that ended last, newest first: who comes with an old state is told what became of it.</summary>
    public IReadOnlyList<ClosedSetup> ClosedSetups { get; init; } = [];

    /// <summary>Grants that nobody needs any more and that Salesforce is still to revoke.</summary>
    public IReadOnlyList<RetiringGrant> Retiring { get; init; } = [];

    /// <summary>When a node last asked for this tenant, give or take <see cref="UpkeepRules.WantedGrain"/>: what nobody wants is renewed once a day only, or not at all.</summary>
    public DateTimeOffset? WantedTime { get; init; }

    /// <summary>When Salesforce was last asked about the session because a node had rejected it.</summary>
    public SessionQuestion? Question { get; init; }

    /// <summary>The end of the chain of the tenant's audit entries, with the entry of this very commit; set by <see cref="CommitMaker"/>.</summary>
    public ChainLink AuditHead { get; init; } = ChainLink.Start;

    /// <summary>The credential that serves the nodes.</summary>
    public Credential? Active => this[ActiveMode, Slot.Current];

    public Credential? this[Mode mode, Slot slot] => mode switch
    {
        Mode.Password => Password[slot],
        Mode.Oauth => OAuth[slot],
        _ => null,
    };

    public TenantRecord With(Mode mode, Slot slot, Credential? credential) => mode == Mode.Password
        ? this with { Password = Password.With(slot, (PasswordCredential?)credential) }
        : this with { OAuth = OAuth.With(slot, (OAuthCredential?)credential) };
}

/// <summary>An org and a user in it, 18 characters each.</summary>
internal sealed record SalesforceIdentity(string OrgId, string UserId)
{
    public override string ToString() => $"org {OrgId}, user {UserId}";
}

/// <summary>What a login yielded and a node needs.</summary>
internal sealed record SalesforceSession
{
    public required Secret AccessToken { get; init; }

    /// <summary>Scheme and host, no trailing slash.</summary>
    public required string InstanceUrl { get; init; }

    public required SalesforceIdentity Identity { get; init; }

    public required DateTimeOffset ExpectedExpireTime { get; init; }

    /// <summary>Where it was logged in: scheme and host, no trailing slash.</summary>
    public required string LoginUrl { get; init; }
}

/// <summary>
/// A test that is claimed: exactly one login or check may follow from it. It ends, with or without a result, 60 s after its start.
/// <paramref name="Attempt"/> is the rev of the commit that claimed it; <paramref name="Activates"/>: if it passes, the credential is put in
/// force.
/// </summary>
internal sealed record OpenTest(long Attempt, long CredentialId, Mode Mode, Slot Slot, DateTimeOffset StartTime, Guid RequestId, bool Activates)
{
    public DateTimeOffset EndTime => StartTime + Claims.Lifetime;
}

/// <summary>A claim is a durable word that its owner alone calls Salesforce.</summary>
internal static class Claims
{
    /// <summary>After this a claim ends, with or without a result: a constant of the protocol, not a setting.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);
}

/// <summary>How a credential's last test ended, and where the credential stood then.</summary>
internal sealed record TestResult(Slot Slot, IReadOnlyList<Check> Checks, Failure? Failure, DateTimeOffset Time)
{
    public Outcome Outcome => Failure is null ? Outcome.Succeeded : Outcome.Failed;
}

/// <summary>One part of a test; <paramref name="Name"/> is one of the contract's.</summary>
internal sealed record Check(string Name, Outcome Outcome, string Detail);

/// <summary>Why something did not work, and what a person should do about it.</summary>
internal sealed record Failure(FailureClass Class, string? SalesforceCode, string Advice, DateTimeOffset Time)
{
    /// <summary>Salesforce did not decide: the same values may pass later.</summary>
    public bool IsUndecided => Class is FailureClass.Throttled or FailureClass.Unavailable or FailureClass.OutcomeUnknown;

    /// <summary>No further login may follow by itself: repeated it would lock the user, or deliver somebody else's session. All else may pass by itself.</summary>
    public bool EndsLogins => Class is FailureClass.LoginRefused or FailureClass.WrongIdentity;
}
