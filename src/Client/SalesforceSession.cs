using System.Diagnostics;
using GrpcCreds.V1;

namespace GrpcCreds.Client;

/// <summary>A Salesforce session for calls to Salesforce. Immutable. Neither printing, logging nor serialising it shows the access token.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class SalesforceSession : CredentialAnswer
{
    private readonly string accessToken;

    internal SalesforceSession(string tenantId, long revision, string accessToken)
        : base(tenantId, revision) => this.accessToken = accessToken;

    /// <summary>Base of every call to Salesforce, scheme and host without a trailing slash. Example: <c>https://acme.my.salesforce.com</c>.</summary>
    public required string InstanceUrl { get; init; }

    /// <summary>The Salesforce org, 18 characters.</summary>
    public required string OrgId { get; init; }

    /// <summary>The Salesforce user, 18 characters.</summary>
    public required string UserId { get; init; }

    /// <summary>The mode in force.</summary>
    public required Mode Mode { get; init; }

    /// <summary>true if the org is a sandbox.</summary>
    public required bool UseSandbox { get; init; }

    /// <summary>When this revision was created, by the service's clock; null if the service did not send it.</summary>
    public required DateTimeOffset? ActiveSince { get; init; }

    /// <summary>
    /// When Salesforce is expected to end the session, by the service's clock; null if unknown. For display only: the service renews the session before
    /// that time, or reports <see cref="Availability.Suspended"/>.
    /// </summary>
    public required DateTimeOffset? ExpectedExpireTime { get; init; }

    /// <summary>The login itself, if the credential has deliver_login; otherwise null.</summary>
    public SalesforceLogin? Login { get; init; }

    /// <summary>
    /// The access token or session id. Send it as <c>Authorization: Bearer …</c>, only to the host of <see cref="InstanceUrl"/> over https; do not log or store
    /// it.
    /// </summary>
    public string RevealAccessToken() => accessToken;

    /// <inheritdoc/>
    public override string ToString() => $"{TenantId}: session (revision {Revision}, {Mode}) at {InstanceUrl}";
}
