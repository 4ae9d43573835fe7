using Google.Protobuf;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Client;

/// <summary>Messages of the service.</summary>
internal static class Say
{
    public const string Canary = "00Dcanary!AQ0AQHsecret";

    public static WatchActiveCredentialResponse Session(string tenant, long revision) => new()
    {
        Credential = new ActiveCredential
        {
            TenantId = tenant,
            Revision = revision,
            ResumeToken = ByteString.CopyFromUtf8($"token {revision}"),
            Mode = Mode.Password,
            Session = new Session
            {
                AccessToken = $"{Canary}{revision}",
                InstanceUrl = $"https://{tenant}.my.salesforce.com",
                OrgId = "00D000000000001EAA",
                UserId = "005000000000001AAA",
            },
        },
    };

    public static WatchActiveCredentialResponse None(string tenant, long revision, Availability cause) =>
        new() { Unavailable = new CredentialUnavailable { TenantId = tenant, Revision = revision, Cause = cause, Advice = $"{cause} advice" } };

    public static WatchActiveCredentialResponse Synced() => new() { Synced = new Synced() };
}
