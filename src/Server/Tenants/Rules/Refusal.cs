using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>Why a call is refused; the text alone must be enough for a person at a terminal. It never contains a value that was sent.</summary>
internal sealed record Refusal(Reason Reason, string Text, IReadOnlyList<FieldViolation> Violations)
{
    public Refusal(Reason reason, string text)
        : this(reason, text, [])
    {
    }

    /// <summary>When the call may succeed, if that is known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static Refusal AccountProtected(TimeSpan retryAfter) => new(
        Reason.AccountProtected, "too many recent login attempts for this Salesforce user, and more could lock it; wait, and call with a new request_id")
    {
        RetryAfter = retryAfter,
    };

    public static Refusal Invalid(IReadOnlyList<FieldViolation> violations) =>
        new(Reason.InvalidFields, string.Join("; ", violations.Select(violation => $"{violation.Field}: {violation.Description}")), violations);
}
