namespace GrpcCreds.Server.Credentials;

/// <summary>What can happen to a tenant. <see cref="Rules"/> says what follows.</summary>
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
    }

    /// <summary>Tests a mode and puts it in force, or switches off.</summary>
    public sealed record SetActiveMode : Write
    {
        public required Mode Mode { get; init; }
    }

    /// <summary>Drops the candidate of password mode.</summary>
    public sealed record DiscardCandidate : Write;

    /// <summary>Removes password mode's current and candidate.</summary>
    public sealed record DeletePassword : Write
    {
        public required bool AllowActive { get; init; }
    }

    /// <summary>Tests the credential in a slot, by default the candidate if there is one; nothing is put in force by it.</summary>
    public sealed record TestAccess : Request
    {
        public Slot? Slot { get; init; }
    }

    /// <summary>What Salesforce answered to a claimed test: a session, or a failure; null if the test was not made, to protect the account.</summary>
    public sealed record FinishTest(long Attempt, TestVerdict? Verdict) : Command;

    /// <summary>A node asks for the tenant: its session is worth renewing.</summary>
    public sealed record Want : Command;

    /// <summary>Claims the renewal of the session in force, if one is due.</summary>
    public sealed record ClaimRenewal : Command;

    /// <summary>What Salesforce answered to a claimed renewal.</summary>
    public sealed record FinishRenewal(long Attempt, TestVerdict Verdict) : Command;

    /// <summary>A moment has come: ends what has run out.</summary>
    public sealed record Expire : Command;

    /// <summary>The store lost the newest state of the tenant; this one is committed again, above every revision anyone has seen.</summary>
    public sealed record Heal : Command;
}

/// <summary>How a test went: either the session it yielded or the failure, and its parts.</summary>
internal sealed record TestVerdict(SalesforceSession? Session, Failure? Failure, IReadOnlyList<Check> Checks);

/// <summary>The commit a decision will be part of.</summary>
internal readonly record struct Moment(long Rev, DateTimeOffset Now);
