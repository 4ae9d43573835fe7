using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>What can happen to a tenant. <see cref="RecordRules"/> decides what follows.</summary>
internal abstract record Command
{
    private Command()
    {
    }

    /// <summary>Something an administrator asks for.</summary>
    public abstract record Request : Command
    {
        /// <summary>The etag the caller decided on, if any.</summary>
        public string? Etag { get; init; }

        public required Guid RequestId { get; init; }

        public required string By { get; init; }

        /// <summary>Whether its result may depend on a call to Salesforce.</summary>
        public virtual bool MayBeTested => false;
    }

    /// <summary>A request that changes what is saved, and so moves the etag.</summary>
    public abstract record Write : Request;

    /// <summary>Saves a password; null keeps the candidate's value, else the current credential's.</summary>
    public sealed record SetPassword : Write
    {
        public string? Username { get; init; }

        public Secret? Password { get; init; }

        public Secret? SecurityToken { get; init; }

        public bool? UseSandbox { get; init; }

        /// <summary>Empty: the generic login host.</summary>
        public string? MyDomain { get; init; }

        public bool? DeliverLogin { get; init; }

        /// <summary>Test now and put it in force if the test passes; else it only waits.</summary>
        public required bool TestFirst { get; init; }

        public override bool MayBeTested => TestFirst;
    }

    /// <summary>Saves an app's key and secret; null keeps the candidate's value, else the current credential's.</summary>
    public sealed record SetClientCredentials : Write
    {
        public string? ConsumerKey { get; init; }

        public Secret? ConsumerSecret { get; init; }

        public string? MyDomain { get; init; }

        public bool? UseSandbox { get; init; }

        /// <summary>In its 18-character form; empty: no org is required.</summary>
        public string? OrgId { get; init; }

        /// <summary>How often the key and secret are rotated; zero: only on request.</summary>
        public TimeSpan? RotateEvery { get; init; }

        /// <summary>Test now and put it in force if the test passes; else it only waits.</summary>
        public required bool TestFirst { get; init; }

        public override bool MayBeTested => TestFirst;
    }

    /// <summary>Starts the rotation of the app's key and secret, or goes on with one that has stopped.</summary>
    public sealed record RotateClientSecret : Write
    {
        /// <summary>The former set is dropped as soon as the new one is proven.</summary>
        public required bool IsLeaked { get; init; }

        /// <summary>A staged set that may be used although the service may not have staged it.</summary>
        public string? AllowedKey { get; init; }
    }

    /// <summary>Claims the next step of a rotation, if one is due.</summary>
    public sealed record ClaimRotation : Command;

    /// <summary>What came of a claimed step.</summary>
    public sealed record FinishRotation(long Attempt, RotationAnswer Answer) : Command;

    /// <summary>Saves an app and a user for JWT bearer; null keeps the candidate's value, else the current credential's.</summary>
    public sealed record SetJwtBearer : Write
    {
        public string? ConsumerKey { get; init; }

        public string? Username { get; init; }

        /// <summary>Empty: the generic login host.</summary>
        public string? MyDomain { get; init; }

        public bool? UseSandbox { get; init; }

        /// <summary>In its 18-character form; empty: no org is required.</summary>
        public string? OrgId { get; init; }

        /// <summary>A new key is asked for, even if there is one.</summary>
        public bool NewKey { get; init; }

        /// <summary>The request says how long the certificate is to be valid.</summary>
        public bool NamesValidity { get; init; }

        /// <summary>The new key, if one is needed; it was made before this command, because the rules are pure.</summary>
        public SigningKey? Key { get; init; }

        /// <summary>Test now and put it in force if the test passes; else it only waits. A new key always waits.</summary>
        public required bool TestFirst { get; init; }

        public override bool MayBeTested => TestFirst && Key is null;
    }

    /// <summary>Saves org and user for OAuth mode; null keeps the candidate's value, else the current credential's.</summary>
    public sealed record SetOAuth : Write
    {
        public OAuthFields Fields { get; init; } = new();

        /// <summary>Put it in force when its setup has brought the grant; else it only waits.</summary>
        public required bool TestFirst { get; init; }
    }

    /// <summary>Opens a candidate that is to take the place of the current OAuth credential; null keeps a value.</summary>
    public sealed record ResetOAuth : Write
    {
        public OAuthFields Fields { get; init; } = new();
    }

    /// <summary>Opens the authorization of the OAuth candidate, else of the current credential.</summary>
    public sealed record StartSetup : Write
    {
        public required string StateHash { get; init; }

        public required Secret CodeVerifier { get; init; }
    }

    /// <summary>A browser has returned from Salesforce: closes the open setup, and claims the exchange of the code unless there is an error.</summary>
    public sealed record CompleteSetup : Request
    {
        public required string StateHash { get; init; }

        /// <summary>Any holder of the state may complete the setup; else only the caller that started it.</summary>
        public required bool ByAnybody { get; init; }

        /// <summary>What Salesforce gave instead of a code.</summary>
        public Failure? Error { get; init; }
    }

    /// <summary>Tests a mode and puts it in force, or switches off.</summary>
    public sealed record SetActiveMode : Write
    {
        public required Mode Mode { get; init; }

        public override bool MayBeTested => Mode != Mode.Off;
    }

    /// <summary>Drops the candidate of a mode.</summary>
    public sealed record DiscardCandidate : Write
    {
        public required Mode Mode { get; init; }
    }

    /// <summary>Removes a mode's current and candidate, and has revoked what Salesforce can revoke.</summary>
    public sealed record Delete : Write
    {
        public required Mode Mode { get; init; }

        public required bool AllowActive { get; init; }
    }

    /// <summary>Tests a mode's credential in a slot, by default the candidate if there is one; nothing is put in force by it.</summary>
    public sealed record TestAccess : Request
    {
        public required Mode Mode { get; init; }

        public Slot? Slot { get; init; }

        public override bool MayBeTested => true;
    }

    /// <summary>What Salesforce answered to a claimed test: a session, or a failure; null if the test was not made, to protect the account.</summary>
    public sealed record FinishTest(long Attempt, TestVerdict? Verdict) : Command;

    /// <summary>A node asks for the tenant: its session is worth renewing.</summary>
    public sealed record Want : Command;

    /// <summary>A node reports that Salesforce rejects the session of a revision: Salesforce is asked, unless it was asked lately.</summary>
    public sealed record Reject(long Revision) : Command;

    /// <summary>Claims the next call that a session or grant needs, if one is due.</summary>
    public sealed record ClaimRenewal : Command
    {
        /// <summary>The credential to renew now, even if nothing is due; null: whichever credential is due.</summary>
        public long? CredentialId { get; init; }

        /// <summary>The token of a session that Salesforce has just reported dead. If no new session comes, nodes are notified.</summary>
        public Secret? DeadSession { get; init; }

        /// <summary>The renewal replaces a session whose host does not answer like Salesforce; allowed once for each question to Salesforce.</summary>
        public bool ForLostHost { get; init; }
    }

    /// <summary>A server has read its settings at <paramref name="Since"/>; they do not change while it runs.</summary>
    public sealed record TakeSettings(DateTimeOffset Since) : Command;

    /// <summary>What Salesforce answered to a claimed call.</summary>
    public sealed record FinishRenewal(long Attempt, RenewalAnswer Answer) : Command;

    /// <summary>What Salesforce answered to a claimed exchange of a code, and where.</summary>
    public sealed record FinishSetup(long Attempt, string LoginUrl, GrantVerdict Verdict) : Command;

    /// <summary>A token arrived that no longer belongs in the record: it must be revoked.</summary>
    public sealed record Retire(Secret Token, string LoginUrl, SalesforceIdentity Identity) : Command
    {
        /// <summary>The mode it came for.</summary>
        public Mode Mode { get; init; } = Mode.Oauth;
    }

    /// <summary>Salesforce has revoked a retiring grant, or has not; then this is the failure.</summary>
    public sealed record FinishRevocation(long GrantId, Failure? Failure) : Command
    {
        /// <summary>The mode it belonged to.</summary>
        public Mode Mode { get; init; } = Mode.Oauth;
    }

    /// <summary>Ends what has run out; of claims, those up to <paramref name="RipeRev"/> (<see cref="RevisionAges"/>).</summary>
    public sealed record Expire(long RipeRev) : Command;

    /// <summary>The store lost the newest state of the tenant; this one is committed again, above every revision anyone has seen.</summary>
    public sealed record Heal : Command;
}
