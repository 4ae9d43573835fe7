using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.V1;
using Availability = GrpcCreds.V1.Availability;

namespace GrpcCreds.Server.Watch;

/// <summary>What nodes are told of a reading, made once and shared by all streams; nobody changes it any more.</summary>
internal sealed class ActiveMessages(ResumeTokens tokens)
{
    private readonly ConditionalWeakTable<Reading, WatchActiveCredentialResponse> made = [];

    public WatchActiveCredentialResponse Of(Reading reading) => reading.NeverWas ? Make(reading) : made.GetValue(reading, Make);

    /// <summary>The same for a foreign tenant and one that does not exist.</summary>
    public static WatchActiveCredentialResponse NotPermitted(TenantId tenant) => new() { Unavailable = Unavailable(tenant, Tenants.Model.Availability.NotPermitted) };

    /// <summary>The revision nodes are told; 0 for what stands outside the order of revisions.</summary>
    public static long RevisionOf(WatchActiveCredentialResponse message) => message.Credential?.Revision ?? message.Unavailable.Revision;

    private WatchActiveCredentialResponse Make(Reading reading)
    {
        if (reading.IsUnreadable)
            return new() { Unavailable = Unavailable(reading.Tenant, Tenants.Model.Availability.Unreadable) };
        var record = reading.Record;
        var told = Told.By(record);
        var since = record.RevisionTime?.ToTimestamp();
        // Revision 0 is what every tenant has that was never configured: nobody need prove that it was told.
        var token = record.Revision == 0 ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(tokens.Of(record.Tenant, record.Revision));
        if (told.Session is { } session)
            return new() { Credential = Credential(record, told, session, since, token) };
        var unavailable = Unavailable(reading.Tenant, told.Availability);
        unavailable.Revision = record.Revision;
        unavailable.Since = since;
        unavailable.ResumeToken = token;
        return new() { Unavailable = unavailable };
    }

    private static CredentialUnavailable Unavailable(TenantId tenant, Tenants.Model.Availability cause) => new()
    {
        TenantId = tenant.ToString(),
        Cause = (Availability)cause,
        Advice = Told.Advice(cause),
    };

    private static ActiveCredential Credential(TenantRecord record, Told told, SalesforceSession session, Timestamp? since, ByteString token) => new()
    {
        TenantId = record.Tenant.ToString(),
        Revision = record.Revision,
        ResumeToken = token,
        ActiveSince = since,
        Mode = (V1.Mode)told.Mode,
        UseSandbox = told.UseSandbox,
        Session = new Session
        {
            AccessToken = session.AccessToken.Reveal(),
            InstanceUrl = session.InstanceUrl,
            OrgId = session.Identity.OrgId,
            UserId = session.Identity.UserId,
            ExpectedExpireTime = session.ExpectedExpireTime.ToTimestamp(),
        },
        Login = told.Login is { } login
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
