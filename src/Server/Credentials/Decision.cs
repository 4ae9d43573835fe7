namespace GrpcCreds.Server.Credentials;

/// <summary>What <see cref="Rules"/> make of a command.</summary>
internal abstract record Decision
{
    private Decision()
    {
    }

    /// <summary>
    /// The tenant's next state and what the write did. <paramref name="Ends"/> is an earlier, still pending write of this tenant whose
    /// result this one settles.
    /// </summary>
    public sealed record Changed(TenantRecord State, WriteResult Result, SettledWrite? Ends = null) : Decision;

    /// <summary>The command may not be carried out; nothing changes.</summary>
    public sealed record Refused(Refusal Refusal) : Decision;

    /// <summary>There is nothing to do, and nobody to tell.</summary>
    public sealed record Nothing : Decision;
}

/// <summary>A pending write and how it ended.</summary>
internal sealed record SettledWrite(Guid RequestId, WriteResult Result);

/// <summary>Why a call is refused; the text alone must do for a person at a terminal, and never holds a value that was sent.</summary>
internal sealed record Refusal(Reason Reason, string Text, IReadOnlyList<FieldViolation> Violations)
{
    public Refusal(Reason reason, string text)
        : this(reason, text, [])
    {
    }

    /// <summary>When the call may succeed, if that is known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static Refusal AccountProtected(TimeSpan retryAfter) => new(
        Reason.AccountProtected, "this Salesforce user was tried too often lately, and more could lock it; wait, and call with a new request_id") { RetryAfter = retryAfter };

    public static Refusal Invalid(IReadOnlyList<FieldViolation> violations) =>
        new(Reason.InvalidFields, string.Join("; ", violations.Select(violation => $"{violation.Field}: {violation.Description}")), violations);
}

/// <summary>A field, by its name in the contract, and what is allowed there.</summary>
internal sealed record FieldViolation(string Field, string Description);
