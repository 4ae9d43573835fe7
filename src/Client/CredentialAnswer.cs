using Google.Protobuf;
using GrpcCreds.V1;

namespace GrpcCreds.Client;

/// <summary>
/// The state of a tenant that its nodes receive: a <see cref="SalesforceSession"/>, or <see cref="NoSession"/>. Immutable; printing it shows no secret.
/// </summary>
public abstract class CredentialAnswer
{
    private protected CredentialAnswer(string tenantId, long revision) => (TenantId, Revision) = (tenantId, revision);

    /// <summary>The tenant.</summary>
    public string TenantId { get; }

    /// <summary>Increases with every change to the state that nodes receive. 0 if the state is outside the sequence of revisions.</summary>
    public long Revision { get; }

    /// <summary>The token to send back to the service with the revision.</summary>
    internal ByteString ResumeToken { get; init; } = ByteString.Empty;
}

/// <summary>The tenant has no session now, and why.</summary>
public sealed class NoSession : CredentialAnswer
{
    internal NoSession(string tenantId, long revision)
        : base(tenantId, revision)
    {
    }

    /// <summary>The reason. A newer service may send values that this client cannot name.</summary>
    public required Availability Cause { get; init; }

    /// <summary>What a person can do about it, in one sentence.</summary>
    public required string Advice { get; init; }

    /// <summary>When this state began, by the service's clock; null if the service did not send it.</summary>
    public required DateTimeOffset? Since { get; init; }

    internal bool IsSameAs(NoSession? other) =>
        other is not null && (Revision, Cause, Advice, Since) == (other.Revision, other.Cause, other.Advice, other.Since);

    /// <inheritdoc/>
    public override string ToString() => $"{TenantId}: no session (revision {Revision}, {Cause}): {Advice}";
}
