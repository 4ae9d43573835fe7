using Google.Protobuf;
using GrpcCreds.V1;

namespace GrpcCreds.Client;

/// <summary>
/// What the nodes of a tenant are told: a <see cref="SalesforceSession"/>, or that there is <see cref="NoSession"/>. Immutable; printing it shows no secret.
/// </summary>
public abstract class CredentialAnswer
{
    private protected CredentialAnswer(string tenantId, long revision) => (TenantId, Revision) = (tenantId, revision);

    /// <summary>The tenant.</summary>
    public string TenantId { get; }

    /// <summary>Grows with every change of what nodes are told. 0 if the service said it outside the order of revisions.</summary>
    public long Revision { get; }

    /// <summary>What the service wants back with the revision.</summary>
    internal ByteString ResumeToken { get; init; } = ByteString.Empty;
}

/// <summary>There is nothing to connect with now, and why.</summary>
public sealed class NoSession : CredentialAnswer
{
    internal NoSession(string tenantId, long revision)
        : base(tenantId, revision)
    {
    }

    /// <summary>Why. A newer service may say more than this client knows by name.</summary>
    public required Availability Cause { get; init; }

    /// <summary>What a person can do about it, one sentence.</summary>
    public required string Advice { get; init; }

    /// <summary>Since when, by the service's clock; null if it did not say.</summary>
    public required DateTimeOffset? Since { get; init; }

    internal bool IsSameAs(NoSession? other) =>
        other is not null && (Revision, Cause, Advice, Since) == (other.Revision, other.Cause, other.Advice, other.Since);

    /// <inheritdoc/>
    public override string ToString() => $"{TenantId}: no session (revision {Revision}, {Cause}): {Advice}";
}
