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

    public PasswordSlots Password { get; init; } = PasswordSlots.Empty;

    /// <summary>The test that is running, at most one per tenant.</summary>
    public OpenTest? Test { get; init; }

    /// <summary>The renewal of the active credential's session that is running.</summary>
    public OpenRenewal? Renewal { get; init; }

    /// <summary>When a node last asked for this tenant, give or take <see cref="RenewalRules.WantedGrain"/>: what nobody wants is not renewed.</summary>
    public DateTimeOffset? WantedTime { get; init; }
}

/// <summary>The credential of password mode in force (or kept as the way back), and the one that is to replace it.</summary>
internal sealed record PasswordSlots(PasswordCredential? Current, PasswordCredential? Candidate)
{
    public static readonly PasswordSlots Empty = new(null, null);

    public PasswordCredential? this[Slot slot] => slot == Slot.Current ? Current : Candidate;

    public PasswordSlots With(Slot slot, PasswordCredential? credential) =>
        slot == Slot.Current ? this with { Current = credential } : this with { Candidate = credential };
}

/// <summary>What an administrator saved for password mode, and the session it yielded.</summary>
internal sealed record PasswordCredential
{
    /// <summary>The rev of the commit that saved it: a test's result counts only for the very values it tested.</summary>
    public required long CredentialId { get; init; }

    public required string Username { get; init; }

    public required Secret Password { get; init; }

    /// <summary>Empty where none is needed.</summary>
    public required Secret SecurityToken { get; init; }

    public required bool UseSandbox { get; init; }

    /// <summary>The org's My Domain host; null for the generic login host.</summary>
    public string? MyDomain { get; init; }

    /// <summary>Nodes also get the login itself.</summary>
    public bool DeliverLogin { get; init; }

    public required DateTimeOffset SetTime { get; init; }

    public required string SetBy { get; init; }

    public TestResult? LastTest { get; init; }

    /// <summary>Where the login that was last tested landed; a renewal must land there again.</summary>
    public SalesforceIdentity? Identity { get; init; }

    /// <summary>Only of the credential in force; null when it ended.</summary>
    public SalesforceSession? Session { get; init; }

    /// <summary>Why the last renewal failed; null when it did not. One that <see cref="Failure.EndsRenewal"/> is not tried again until a test passes.</summary>
    public Failure? RenewalFailure { get; init; }

    /// <summary>When the session is to be renewed, or its renewal tried again.</summary>
    public DateTimeOffset? RenewTime { get; init; }

    /// <summary>Renewals that failed since the last that did not.</summary>
    public int FailedRenewals { get; init; }
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
/// A test that is claimed: exactly one login may follow from it. It ends, with or without a result, 60 s after its start.
/// <paramref name="Attempt"/> is the rev of the commit that claimed it; <paramref name="Activates"/>: if it passes, the credential is put in
/// force.
/// </summary>
internal sealed record OpenTest(long Attempt, long CredentialId, Slot Slot, DateTimeOffset StartTime, Guid RequestId, bool Activates)
{
    public static readonly TimeSpan ClaimLifetime = TimeSpan.FromSeconds(60);

    public DateTimeOffset EndTime => StartTime + ClaimLifetime;
}

/// <summary>
/// A renewal that is claimed: exactly one login may follow from it. It ends, with or without a result, 60 s after its start.
/// <paramref name="Attempt"/> is the rev of the commit that claimed it.
/// </summary>
internal sealed record OpenRenewal(long Attempt, long CredentialId, DateTimeOffset StartTime)
{
    public DateTimeOffset EndTime => StartTime + OpenTest.ClaimLifetime;
}

/// <summary>How a credential's last test ended.</summary>
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
    public bool EndsRenewal => Class is FailureClass.LoginRefused or FailureClass.WrongIdentity;
}
