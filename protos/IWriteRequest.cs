namespace GrpcCreds.V1;

/// <summary>What every call of an administrator that does something carries.</summary>
public interface IWriteRequest
{
    /// <summary>The tenant to write.</summary>
    string TenantId { get; }

    /// <summary>The etag the caller read, if <see cref="HasEtag"/>.</summary>
    string Etag { get; }

    /// <summary>Whether an etag was given.</summary>
    bool HasEtag { get; }

    /// <summary>The caller's UUID for this write, if <see cref="HasRequestId"/>.</summary>
    string RequestId { get; }

    /// <summary>Whether a request id was given.</summary>
    bool HasRequestId { get; }

    /// <summary>Why, for the audit.</summary>
    string Reason { get; }
}

public sealed partial class SetPasswordCredentialRequest : IWriteRequest;

public sealed partial class SetActiveModeRequest : IWriteRequest;

public sealed partial class DiscardCandidateRequest : IWriteRequest;

public sealed partial class DeletePasswordCredentialRequest : IWriteRequest;

public sealed partial class TestAccessRequest : IWriteRequest;
