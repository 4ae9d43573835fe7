namespace GrpcCreds.V1;

/// <summary>The fields that every writing call of an administrator has.</summary>
public interface IWriteRequest
{
    /// <summary>The etag that the caller read, if <see cref="HasEtag"/>.</summary>
    string Etag { get; }

    /// <summary>Whether an etag was given.</summary>
    bool HasEtag { get; }

    /// <summary>The UUID that the caller generated for this write, if <see cref="HasRequestId"/>.</summary>
    string RequestId { get; }

    /// <summary>Whether a request id was given.</summary>
    bool HasRequestId { get; }

    /// <summary>The reason for the write, recorded in the audit.</summary>
    string Reason { get; }
}

/// <summary>A write that names its tenant.</summary>
public interface ITenantWriteRequest : IWriteRequest
{
    /// <summary>The tenant to write.</summary>
    string TenantId { get; }
}

/// <summary>A write that sets the fields of an OAuth credential; fields left out keep their values.</summary>
public interface IOAuthFieldsRequest : ITenantWriteRequest
{
    /// <summary>The Salesforce org, if <see cref="HasOrgId"/>.</summary>
    string OrgId { get; }

    /// <summary>Whether an org was given.</summary>
    bool HasOrgId { get; }

    /// <summary>The Salesforce user, if <see cref="HasUserId"/>.</summary>
    string UserId { get; }

    /// <summary>Whether a user was given.</summary>
    bool HasUserId { get; }

    /// <summary>Sandbox or production, if <see cref="HasUseSandbox"/>.</summary>
    bool UseSandbox { get; }

    /// <summary>Whether sandbox or production was given.</summary>
    bool HasUseSandbox { get; }

    /// <summary>The My Domain host, if <see cref="HasMyDomain"/>; empty for the generic one.</summary>
    string MyDomain { get; }

    /// <summary>Whether a My Domain host was given.</summary>
    bool HasMyDomain { get; }
}

public sealed partial class CompleteOAuthSetupRequest : IWriteRequest;

public sealed partial class SetPasswordCredentialRequest : ITenantWriteRequest;

public sealed partial class SetOAuthCredentialRequest : IOAuthFieldsRequest;

public sealed partial class SetClientCredentialsRequest : ITenantWriteRequest;

public sealed partial class RotateClientSecretRequest : ITenantWriteRequest;

public sealed partial class DeleteClientCredentialsRequest : ITenantWriteRequest;

public sealed partial class SetJwtBearerCredentialRequest : ITenantWriteRequest;

public sealed partial class DeleteJwtBearerCredentialRequest : ITenantWriteRequest;

public sealed partial class StartOAuthSetupRequest : ITenantWriteRequest;

public sealed partial class ResetOAuthRequest : IOAuthFieldsRequest;

public sealed partial class DeleteOAuthRequest : ITenantWriteRequest;

public sealed partial class SetActiveModeRequest : ITenantWriteRequest;

public sealed partial class DiscardCandidateRequest : ITenantWriteRequest;

public sealed partial class DeletePasswordCredentialRequest : ITenantWriteRequest;

public sealed partial class TestAccessRequest : ITenantWriteRequest;
