namespace GrpcCreds.Server.Credentials;

/// <summary>The credential of a mode in force (or kept as the way back), and the one that is to replace it.</summary>
internal sealed record Slots<T>(T? Current, T? Candidate)
    where T : Credential
{
    public static readonly Slots<T> Empty = new(null, null);

    public bool IsEmpty => Current is null && Candidate is null;

    public T? this[Slot slot] => slot == Slot.Current ? Current : Candidate;

    public Slots<T> With(Slot slot, T? credential) => slot == Slot.Current ? this with { Current = credential } : this with { Candidate = credential };
}

/// <summary>What an administrator saved for a mode, and the session it yields.</summary>
internal abstract record Credential
{
    /// <summary>The rev of the commit that saved it: a test's or setup's result counts only for the very values it was made with.</summary>
    public required long CredentialId { get; init; }

    public required bool UseSandbox { get; init; }

    /// <summary>The org's My Domain host; null for the generic login host.</summary>
    public string? MyDomain { get; init; }

    public required DateTimeOffset SetTime { get; init; }

    public required string SetBy { get; init; }

    public TestResult? LastTest { get; init; }

    /// <summary>Its session, and what keeps that alive.</summary>
    public SessionUpkeep Upkeep { get; init; } = SessionUpkeep.None;
}

/// <summary>A Salesforce user's password. Its session is kept only while it is in force.</summary>
internal sealed record PasswordCredential : Credential
{
    public required string Username { get; init; }

    public required Secret Password { get; init; }

    /// <summary>Empty where none is needed.</summary>
    public required Secret SecurityToken { get; init; }

    /// <summary>Nodes also get the login itself.</summary>
    public bool DeliverLogin { get; init; }

    /// <summary>Where the login that was last tested landed; a renewal must land there again.</summary>
    public SalesforceIdentity? Identity { get; init; }
}

/// <summary>The org and user that the nodes shall be, and the grant that says they may, once there is one.</summary>
internal sealed record OAuthCredential : Credential
{
    public required SalesforceIdentity Identity { get; init; }

    /// <summary>What follows for a candidate when its setup has brought the grant.</summary>
    public required OnSetup OnSetup { get; init; }

    public Grant? Grant { get; init; }
}

/// <summary>What a candidate's finished setup does.</summary>
internal enum OnSetup
{
    /// <summary>It stays a candidate, now with a grant.</summary>
    Wait = 1,

    /// <summary>It takes the place of the current credential; which mode is in force stays as it is.</summary>
    Replace = 2,

    /// <summary>It takes the place of the current credential, and OAuth comes in force.</summary>
    Activate = 3,
}

/// <summary>What one finished OAuth setup yielded. Its session stands in the credential's upkeep.</summary>
internal sealed record Grant
{
    /// <summary>The rev of the commit that brought it.</summary>
    public required long GrantId { get; init; }

    /// <summary>Single use where Salesforce rotates it: never presented while what became of an earlier presentation is not known.</summary>
    public required Secret RefreshToken { get; init; }

    /// <summary>Where it was given, and is renewed and revoked: scheme and host, no trailing slash.</summary>
    public required string LoginUrl { get; init; }

    public required DateTimeOffset AuthorizeTime { get; init; }

    /// <summary>How long its sessions live, as Salesforce said when it was authorized.</summary>
    public required TimeSpan SessionLifetime { get; init; }

    /// <summary>When it was last renewed: Salesforce may drop what is idle for 30 days.</summary>
    public required DateTimeOffset RenewTime { get; init; }

    public DateTimeOffset IdleExpireTime => RenewTime + TimeSpan.FromDays(30);
}

/// <summary>
/// A grant to be revoked by Salesforce from <paramref name="RevokeTime"/> on, until that is done or <paramref name="GiveUpTime"/> has come.
/// </summary>
/// <param name="GrantId">Of the grant, or the rev of the commit that put it here.</param>
/// <param name="Token">Its refresh token, or its access token if no refresh token came.</param>
/// <param name="LoginUrl">Where.</param>
/// <param name="Identity">Whose it is: Salesforce may end other grants of theirs with it.</param>
/// <param name="Failures">How often it was tried in vain.</param>
internal sealed record RetiringGrant(
    long GrantId, Secret Token, string LoginUrl, SalesforceIdentity Identity, DateTimeOffset RevokeTime, DateTimeOffset GiveUpTime, int Failures = 0)
{
    /// <summary>For how long a replaced grant lives on, so that running operations end in peace.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    /// <summary>For how long a revocation is tried.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(24);
}
