using Google.Protobuf.WellKnownTypes;
using GrpcCreds.V1;

namespace GrpcCreds.Client;

/// <summary>Converts the contract's messages to the types that the application sees.</summary>
internal static class Answers
{
    /// <returns>null if the message contains no session. A service that follows the contract never sends such a message.</returns>
    public static CredentialAnswer? From(ActiveCredential credential) => credential.Session is not { } session
        ? null
        : new SalesforceSession(credential.TenantId, credential.Revision, session.AccessToken)
        {
            ResumeToken = credential.ResumeToken,
            InstanceUrl = session.InstanceUrl,
            OrgId = session.OrgId,
            UserId = session.UserId,
            Mode = credential.Mode,
            UseSandbox = credential.UseSandbox,
            ActiveSince = Time(credential.ActiveSince),
            ExpectedExpireTime = Time(session.ExpectedExpireTime),
            Login = credential.Login is { } login ? new(login.Username, login.Password, login.SecurityToken, login.LoginUrl) : null,
        };

    public static CredentialAnswer From(CredentialUnavailable unavailable) => new NoSession(unavailable.TenantId, unavailable.Revision)
    {
        ResumeToken = unavailable.ResumeToken,
        Cause = unavailable.Cause,
        Advice = unavailable.Advice,
        Since = Time(unavailable.Since),
    };

    /// <summary>A time outside the calendar counts as missing: its conversion would throw, and one invalid field must not stop a stream.</summary>
    private static DateTimeOffset? Time(Timestamp? time) =>
        time is { Seconds: >= -62_135_596_800 and <= 253_402_300_799, Nanos: >= 0 and <= 999_999_999 } ? time.ToDateTimeOffset() : null;
}
