using System.Text.Json.Serialization;

namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// What an administrator saved for a mode, and the session it yields. The members that a mode may override are all that the rules have to know of it.
/// </summary>
internal abstract record Credential
{
    /// <summary>The rev of the commit that saved it: the result of a test or setup counts only for exactly the values it was made with.</summary>
    public required long CredentialId { get; init; }

    public required bool UseSandbox { get; init; }

    /// <summary>The org's My Domain host; null for the generic login host.</summary>
    public string? MyDomain { get; init; }

    public required DateTimeOffset SetTime { get; init; }

    public required string SetBy { get; init; }

    public TestResult? LastTest { get; init; }

    /// <summary>Its session, and the state of its renewal.</summary>
    // The name used in records that are already stored.
    [JsonPropertyName("Upkeep")]
    public SessionRenewal Renewal { get; init; } = SessionRenewal.None;

    /// <summary>Whether there is something to test and to put in force.</summary>
    public virtual bool IsComplete => true;

    /// <summary>
    /// The grant whose refresh token is presented for each new session: it is kept alive whether or not it serves, and its token is never presented while
    /// the outcome of an earlier presentation is unknown. Null if a new session needs no such token: then there is a session only while the credential
    /// serves, and an unanswered request for one is repeated.
    /// </summary>
    public virtual Grant? StandingGrant => null;

    /// <summary>Salesforce locks the user after repeated refusals, so a refused test ends the automatic logins too.</summary>
    public virtual bool IsLockedByRefusals => false;

    /// <summary>What nodes are told when there is no session and renewal has stopped.</summary>
    public virtual Availability StoppedAvailability => Availability.Suspended;

    /// <summary>The login itself, if nodes get it too.</summary>
    public virtual DeliveredLogin? Login => null;

    /// <summary>The credential with a renewed grant.</summary>
    public virtual Credential With(Grant grant) => throw new InvalidOperationException($"a {GetType().Name} has no grant");

    /// <summary>The credential after a test that reached this org and user.</summary>
    public virtual Credential Reached(SalesforceIdentity identity) => this;

    /// <summary>The credential when it takes the place of another one of its mode.</summary>
    public virtual Credential Replacing(Credential? replaced) => this;

    /// <summary>What Salesforce has to revoke when the credential leaves; null if there is nothing that it can revoke.</summary>
    /// <param name="rev">The rev of the commit with which it leaves.</param>
    /// <param name="time">When the revocation is due.</param>
    public virtual RetiringGrant? Leaving(long rev, DateTimeOffset time) => null;

    /// <summary>Whether this is the token that <see cref="Leaving"/> would have revoked.</summary>
    public virtual bool Holds(Secret token) => false;

    /// <summary>The text whose keyed hash identifies the secret in the audit; null while there is no secret.</summary>
    public abstract string? RevealForFingerprint();
}
