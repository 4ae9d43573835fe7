using GrpcCreds.Server.Tenants.Records;

namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// Everything stored about a tenant. Immutable; only the rules make the next one, and the store keeps only its sealed form. A tenant that was
/// never configured is a record with only its name.
/// </summary>
internal sealed record TenantRecord
{
    public required TenantId Tenant { get; init; }

    /// <summary>The commit that wrote this record: max(previous + 1, µs since 1970). Never reused.</summary>
    public long Rev { get; init; }

    /// <summary>The commit that last changed what nodes receive; 0 if nodes have only ever received NOT_CONFIGURED.</summary>
    public long Revision { get; init; }

    public DateTimeOffset? RevisionTime { get; init; }

    /// <summary>The commit of the last administrator's write, or of the activation that resulted from it.</summary>
    public long Etag { get; init; }

    /// <summary>
    /// Set by a commit that repaired a rolled back store, until an administrator's next write: the rev at which the restored state was first committed.
    /// </summary>
    public long? HealedFrom { get; init; }

    public Mode ActiveMode { get; init; } = Mode.Off;

    /// <summary>Why no mode is active: NotConfigured, SwitchedOff or Deleted.</summary>
    public Availability OffCause { get; init; } = Availability.NotConfigured;

    public Slots<PasswordCredential> Password { get; init; } = Slots<PasswordCredential>.Empty;

    public Slots<OAuthCredential> OAuth { get; init; } = Slots<OAuthCredential>.Empty;

    public Slots<ClientCredential> ClientCredentials { get; init; } = Slots<ClientCredential>.Empty;

    public Slots<JwtBearerCredential> JwtBearer { get; init; } = Slots<JwtBearerCredential>.Empty;

    /// <summary>The test that is running, at most one per tenant.</summary>
    public OpenTest? Test { get; init; }

    /// <summary>The OAuth setup that is open or being completed, at most one per tenant.</summary>
    public OpenSetup? Setup { get; init; }

    /// <summary>How the last setup ended.</summary>
    public SetupResult? LastSetup { get; init; }

    /// <summary>The setups that ended last, newest first: a browser that returns with an old state can be shown how that setup ended.</summary>
    public IReadOnlyList<ClosedSetup> ClosedSetups { get; init; } = [];

    /// <summary>Grants that are no longer needed and that Salesforce still has to revoke.</summary>
    public IReadOnlyList<RetiringGrant> Retiring { get; init; } = [];

    /// <summary>When a node last asked for this tenant, give or take 6 h: an unused session is renewed only once a day, or not at all.</summary>
    public DateTimeOffset? WantedTime { get; init; }

    /// <summary>When Salesforce was last asked about the session because a node had rejected it.</summary>
    public SessionQuestion? Question { get; init; }

    /// <summary>The end of the chain of the tenant's audit entries, including this commit's own entry; set by <see cref="CommitMaker"/>.</summary>
    public ChainLink AuditHead { get; init; } = ChainLink.Start;

    /// <summary>The credential that serves the nodes.</summary>
    public Credential? Active => this[ActiveMode, Slot.Current];

    public Credential? this[Mode mode, Slot slot] => mode switch
    {
        Mode.Password => Password[slot],
        Mode.Oauth => OAuth[slot],
        Mode.ClientCredentials => ClientCredentials[slot],
        Mode.JwtBearer => JwtBearer[slot],
        _ => null,
    };

    public TenantRecord With(Mode mode, Slot slot, Credential? credential) => mode switch
    {
        Mode.Password => this with { Password = Password.With(slot, (PasswordCredential?)credential) },
        Mode.Oauth => this with { OAuth = OAuth.With(slot, (OAuthCredential?)credential) },
        Mode.ClientCredentials => this with { ClientCredentials = ClientCredentials.With(slot, (ClientCredential?)credential) },
        Mode.JwtBearer => this with { JwtBearer = JwtBearer.With(slot, (JwtBearerCredential?)credential) },
        _ => throw new ArgumentOutOfRangeException(nameof(mode)),
    };
}
