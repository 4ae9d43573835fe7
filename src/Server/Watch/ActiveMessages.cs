using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.V1;
using Availability = GrpcCreds.V1.Availability;

namespace GrpcCreds.Server.Watch;

/// <summary>The messages to nodes for a snapshot of a record, created once and shared by all streams; they must not be changed.</summary>
internal sealed class ActiveMessages(ResumeTokens tokens)
{
    private readonly ConditionalWeakTable<RecordSnapshot, WatchActiveCredentialResponse> made = [];

    public WatchActiveCredentialResponse Of(RecordSnapshot snapshot) => snapshot.NeverWas ? Make(snapshot) : made.GetValue(snapshot, Make);

    /// <summary>The same message for another caller's tenant and one that does not exist.</summary>
    public static WatchActiveCredentialResponse NotPermitted(TenantId tenant) =>
        new() { Unavailable = Unavailable(tenant, Tenants.Model.Availability.NotPermitted) };

    /// <summary>The revision in a message; 0 for a message outside the order of revisions.</summary>
    public static long RevisionOf(WatchActiveCredentialResponse message) => message.Credential?.Revision ?? message.Unavailable.Revision;

    private WatchActiveCredentialResponse Make(RecordSnapshot snapshot)
    {
        if (snapshot.IsUnreadable)
            return new() { Unavailable = Unavailable(snapshot.Tenant, Tenants.Model.Availability.Unreadable) };
        var record = snapshot.Record;
        var published = PublishedState.By(record);
        var since = record.RevisionTime?.ToTimestamp();
        // Every tenant that was never configured has revision 0: no node needs to prove that it received it.
        var token = record.Revision == 0 ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(tokens.Of(record.Tenant, record.Revision));
        if (published.Session is { } session)
            return new() { Credential = Credential(record, published, session, since, token) };
        var unavailable = Unavailable(snapshot.Tenant, published.Availability);
        unavailable.Revision = record.Revision;
        unavailable.Since = since;
        unavailable.ResumeToken = token;
        return new() { Unavailable = unavailable };
    }

    private static CredentialUnavailable Unavailable(TenantId tenant, Tenants.Model.Availability cause) => new()
    {
        TenantId = tenant.ToString(),
        Cause = (Availability)cause,
        Advice = PublishedState.Advice(cause),
    };

    private static ActiveCredential Credential(
        TenantRecord record, PublishedState published, SalesforceSession session, Timestamp? since, ByteString token) => new()
    {
        TenantId = record.Tenant.ToString(),
        Revision = record.Revision,
        ResumeToken = token,
        ActiveSince = since,
        Mode = (V1.Mode)published.Mode,
        UseSandbox = published.UseSandbox,
        Session = new Session
        {
            AccessToken = session.AccessToken.Reveal(),
            InstanceUrl = session.InstanceUrl,
            OrgId = session.Identity.OrgId,
            UserId = session.Identity.UserId,
            ExpectedExpireTime = session.ExpectedExpireTime.ToTimestamp(),
        },
        Login = published.Login is { } login
            ? new PasswordLogin
            {
                Username = login.Username,
                Password = login.Password.Reveal(),
                SecurityToken = login.SecurityToken.Reveal(),
                LoginUrl = session.LoginUrl,
            }
            : null,
    };
}
