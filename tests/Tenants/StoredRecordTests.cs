using System.Text;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>The form in which records are stored: what an earlier version wrote opens, and is written by the same names.</summary>
public sealed class StoredRecordTests
{
    private static readonly TenantId Acme = TenantId.Parse("acme");

    // As an earlier version wrote it, shortened.
    private const string Stored =
        """
        {"Tenant":"acme","Rev":7,"Etag":7,"Revision":7,"ActiveMode":"Password","OffCause":"NotConfigured","Password":{"Current":{"Username":"ann",
        "Password":"p","SecurityToken":"","DeliverLogin":false,"Upkeep":{"Session":{"AccessToken":"t","InstanceUrl":"https://acme.test",
        "Identity":{"OrgId":"o","UserId":"u"},"ExpectedExpireTime":"2026-11-30T12:00:00+00:00","LoginUrl":"https://login.test"},"IsSessionDead":false,
        "RenewTime":"2026-11-30T11:30:00+00:00","Failures":0,"IsStopped":false,"Claim":{"Attempt":5,"Step":"Renew",
        "StartTime":"2026-11-30T11:00:00+00:00"}},"CredentialId":3,"UseSandbox":false,"SetTime":"2026-11-30T10:00:00+00:00","SetBy":"ann"}}}
        """;

    private readonly Sealer sealer = new();

    public StoredRecordTests() => sealer.Unlock("deployment", new KeyRing(new Dictionary<string, byte[]> { ["main"] = new byte[32] }, "main", new byte[32]));

    [Fact]
    public void A_record_of_an_earlier_version_opens_with_its_session_and_its_claim()
    {
        var purpose = new SealedFor("record", "acme", 7);
        var bytes = sealer.Seal(purpose, Encoding.UTF8.GetBytes(Stored));
        var renewal = new RecordSealer(sealer).Open(new(Acme, new(7, "main", bytes), InIndex: true)).Record.Password.Current!.Renewal;
        Assert.Equal(("t", 5L, 5L), (renewal.Session!.AccessToken.Reveal(), renewal.Claim!.Attempt, renewal.Claim.Since));
    }

    [Fact]
    public void What_an_earlier_version_had_to_revoke_belonged_to_OAuth_and_no_client_credentials_were_saved()
    {
        const string Retiring =
            """
            {"Tenant":"acme","Rev":7,"Retiring":[{"GrantId":5,"Token":"t","LoginUrl":"https://login.test","Identity":{"OrgId":"o","UserId":"u"},
            "RevokeTime":"2026-11-30T12:00:00+00:00","GiveUpTime":"2026-12-01T12:00:00+00:00","Failures":1}]}
            """;
        var bytes = sealer.Seal(new("record", "acme", 7), Encoding.UTF8.GetBytes(Retiring));
        var record = new RecordSealer(sealer).Open(new(Acme, new(7, "main", bytes), InIndex: true)).Record;
        Assert.Equal((5, Mode.Oauth), (Assert.Single(record.Retiring).GrantId, record.Retiring[0].Mode));
        Assert.True(record.ClientCredentials.IsEmpty);
    }

    [Fact]
    public void Client_credentials_are_stored_whole_and_what_follows_from_them_is_not()
    {
        var credential = new ClientCredential
        {
            CredentialId = 3, ConsumerKey = "key", ConsumerSecret = new("secret"), MyDomain = "acme.my.salesforce.com", UseSandbox = false, SetBy = "ann",
            SetTime = DateTimeOffset.UnixEpoch, OrgId = "o", Identity = new("o", "u"),
        };
        var records = new RecordSealer(sealer);
        var stored = records.Seal(new TenantRecord { Tenant = Acme, Rev = 7, ClientCredentials = new(credential, null) });
        Assert.Equal(credential, records.Open(new(Acme, stored, InIndex: true)).Record.ClientCredentials.Current);
        var text = Encoding.UTF8.GetString(sealer.Open(new("record", "acme", 7), stored.Sealed.Span)!);
        foreach (var name in new[] { "IsComplete", "StandingGrant", "IsLockedByRefusals", "StoppedAvailability", "Login" })
            Assert.DoesNotContain($"\"{name}\":", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_credential_for_JWT_bearer_is_stored_whole_with_its_key()
    {
        var credential = new JwtBearerCredential
        {
            CredentialId = 3, ConsumerKey = "key", Username = "ann@acme.test", UseSandbox = true, SetBy = "ann", SetTime = DateTimeOffset.UnixEpoch,
            Key = new()
            {
                PrivateKey = new("private"), Certificate = "-----BEGIN CERTIFICATE-----", Fingerprint = "AB", MakeTime = DateTimeOffset.UnixEpoch,
                ExpireTime = DateTimeOffset.UnixEpoch.AddDays(1),
            },
        };
        var records = new RecordSealer(sealer);
        var stored = records.Seal(new TenantRecord { Tenant = Acme, Rev = 7, JwtBearer = new(credential, credential) });
        Assert.Equal(new(credential, credential), records.Open(new(Acme, stored, InIndex: true)).Record.JwtBearer);
        Assert.DoesNotContain("private", credential.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_of_an_earlier_version_has_no_credential_for_JWT_bearer()
    {
        var bytes = sealer.Seal(new("record", "acme", 7), Encoding.UTF8.GetBytes(Stored));
        Assert.True(new RecordSealer(sealer).Open(new(Acme, new(7, "main", bytes), InIndex: true)).Record.JwtBearer.IsEmpty);
    }

    [Fact]
    public void A_record_is_written_by_the_names_that_are_stored_already()
    {
        var records = new RecordSealer(sealer);
        var bytes = sealer.Seal(new("record", "acme", 7), Encoding.UTF8.GetBytes(Stored));
        var written = records.Seal(records.Open(new(Acme, new(7, "main", bytes), InIndex: true)).Record);
        var text = Encoding.UTF8.GetString(sealer.Open(new("record", "acme", 7), written.Sealed.Span)!);
        foreach (var name in new[] { "Upkeep", "Session", "RenewTime", "Claim", "Attempt", "CredentialId", "SetBy" })
            Assert.Contains($"\"{name}\":", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"Renewal\":", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"Since\":", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_test_result_of_an_earlier_version_opens_and_what_it_did_not_check_is_shown_as_that()
    {
        const string Test =
            """
            "LastTest":{"Slot":"Current","Checks":[{"Name":"LOGIN","Outcome":"Succeeded","Detail":"accepted"},
            {"Name":"API","Outcome":"Succeeded","Detail":"may"}],"Time":"2026-11-30T10:00:00+00:00"},"CredentialId":3
            """;
        var bytes = sealer.Seal(new("record", "acme", 7), Encoding.UTF8.GetBytes(Stored.Replace("\"CredentialId\":3", Test, StringComparison.Ordinal)));
        var record = new RecordSealer(sealer).Open(new(Acme, new(7, "main", bytes), InIndex: true)).Record;
        var test = record.Password.Current!.LastTest!;
        Assert.All(test.Checks, check => Assert.Equal((false, null), (check.Warns, check.Failure)));
        var shown = StatusMapper.LastTest(record, Server.Tenants.Model.Mode.Password, GrpcCreds.V1.Slot.Unspecified)!;
        Assert.Equal(7, shown.Checks.Count);
        Assert.All(shown.Checks.Take(2), check => Assert.Equal((GrpcCreds.V1.Outcome.Succeeded, true), (check.Outcome, check.Decides)));
        Assert.All(shown.Checks.Skip(2), check => Assert.Equal(GrpcCreds.V1.Outcome.NotChecked, check.Outcome));
    }
}
