using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Rpc;
using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Action = GrpcCreds.V1.Action;

namespace GrpcCreds.Tests.Api;

public sealed class SetJwtBearerTests : JwtBearerTest
{
    [Fact]
    public async Task The_first_set_answers_with_a_certificate_and_asks_Salesforce_nothing()
    {
        var set = await Client.SetJwtBearerCredentialAsync(JwtBearerAdministration.Set());
        Assert.Equal((WriteResult.Staged, Availability.NotConfigured, 0), (set.Result, set.Status.Availability, TokenRequests));
        Assert.Equal(set.Certificate, set.Status.JwtBearer().Candidate.Certificate);
        Assert.Equal([Action.Test, Action.Delete, Action.Activate, Action.Discard], set.Status.JwtBearer().AvailableActions);
        Assert.StartsWith("A new key for JWT bearer waits: upload its certificate", set.Status.Advice, StringComparison.Ordinal);
        using var certificate = X509Certificate2.CreateFromPem(set.Certificate.Pem);
        Assert.Equal("CN=acme, O=GrpcCreds", certificate.Subject);
        Assert.False(certificate.HasPrivateKey);
        Assert.Equal(3072, certificate.GetRSAPublicKey()!.KeySize);
        Assert.Equal(set.Certificate.Fingerprint, certificate.GetCertHashString(HashAlgorithmName.SHA256));
        Assert.Equal(set.Certificate.ExpireTime.ToDateTime(), certificate.NotAfter.ToUniversalTime());
        Assert.Equal(Clock.GetUtcNow().AddDays(365), set.Certificate.ExpireTime.ToDateTimeOffset(), TimeSpan.FromMinutes(1));
        Assert.True(certificate.NotBefore.ToUniversalTime() < Clock.GetUtcNow().AddMinutes(-59));
        Assert.True(set.Certificate.Pem.Length < 4096, "Salesforce takes no larger certificate");
    }

    [Fact]
    public async Task An_uploaded_certificate_passes_its_test_and_serves()
    {
        await StageAsync(new(JwtBearerAdministration.Set()) { MyDomain = ClientCredentialsAdministration.MyDomain });
        var tested = await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.JwtBearer });
        Assert.Equal((Outcome.Succeeded, Slot.Candidate), (tested.Test.Outcome, tested.Test.Slot));
        var activated = await PutInForceAsync();
        Assert.Equal((WriteResult.Activated, Mode.JwtBearer), (activated.Result, activated.Status.ActiveMode));
        Assert.Empty(activated.Status.Warnings);
        var current = activated.Status.JwtBearer().Current;
        Assert.Equal(
            (JwtBearerAdministration.App.ConsumerKey, Ann.Username, Ann.OrgId, Ann.UserId, ClientCredentialsAdministration.MyDomain),
            (current.ConsumerKey, current.Username, current.OrgId, current.UserId, current.MyDomain));
        var credential = (await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential;
        Assert.Equal((Mode.JwtBearer, Ann.OrgId, Ann.UserId), (credential.Mode, credential.Session.OrgId, credential.Session.UserId));
        Assert.Null(credential.Login);
    }

    [Fact]
    public async Task A_certificate_that_was_not_uploaded_is_what_a_failed_test_talks_about()
    {
        await Client.SetJwtBearerCredentialAsync(JwtBearerAdministration.Set());
        var failed = await PutInForceAsync();
        Assert.Equal(WriteResult.TestFailed, failed.Result);
        IsFailed(failed.Status, FailureClass.LoginRefused, "upload the certificate");
        Assert.Equal(1, TokenRequests);
    }

    [Fact]
    public async Task A_repeated_set_gives_the_same_certificate_again()
    {
        var request = new SetJwtBearerCredentialRequest(JwtBearerAdministration.Set()) { RequestId = Guid.NewGuid().ToString(), NewKey = true };
        var first = await Client.SetJwtBearerCredentialAsync(request);
        var again = await Client.SetJwtBearerCredentialAsync(request);
        Assert.Equal((first.Result, first.Certificate), (again.Result, again.Certificate));
    }

    [Fact]
    public async Task Another_field_keeps_the_key_and_is_tested_at_once()
    {
        var before = await ActivateAsync();
        var set = await Client.SetJwtBearerCredentialAsync(new() { TenantId = "acme", OrgId = Ann.OrgId });
        Assert.Equal((WriteResult.Activated, before.JwtBearer().Current.Certificate), (set.Result, set.Certificate));
        var staged = await Client.SetJwtBearerCredentialAsync(new() { TenantId = "acme", Username = "other@acme.test", Activation = Activation.Staged });
        Assert.Equal((WriteResult.Staged, before.JwtBearer().Current.Certificate), (staged.Result, staged.Certificate));
    }

    [Fact]
    public async Task A_sandbox_gets_a_key_of_its_own()
    {
        var production = await ActivateAsync();
        var set = await Client.SetJwtBearerCredentialAsync(new()
        {
            TenantId = "acme", UseSandbox = true, ConsumerKey = JwtBearerAdministration.App.ConsumerKey, Username = DefaultUsers.Sandbox.Username,
            CertificateValidityDays = 30,
        });
        Assert.NotEqual(production.JwtBearer().Current.Certificate.Fingerprint, set.Certificate.Fingerprint);
        Simulator.UploadCertificate(JwtBearerAdministration.App.ConsumerKey, set.Certificate.Pem, Personality.Sandbox);
        var active = await PutInForceAsync();
        Assert.Equal((WriteResult.Activated, DefaultUsers.Sandbox.OrgId), (active.Result, active.Status.JwtBearer().Current.OrgId));
    }

    [Fact]
    public async Task All_that_is_missing_or_wrong_is_named_at_once()
    {
        await NamesAsync(new() { TenantId = "acme" }, "consumer_key", "username");
        await NamesAsync(
            new()
            {
                TenantId = "acme", ConsumerKey = "a b", Username = " ann", MyDomain = "evil.example.test", OrgId = "005600000045vWe",
                CertificateValidityDays = 0, Activation = (Activation)9, RequestId = "no",
            },
            "consumer_key", "username", "my_domain", "org_id", "certificate_validity_days", "activation", "request_id");
        await NamesAsync(new(JwtBearerAdministration.Set()) { CertificateValidityDays = 1826 }, "certificate_validity_days");
        await NamesAsync(new(JwtBearerAdministration.Set()) { Username = new('u', 81) }, "username");
        await NamesAsync(
            new(JwtBearerAdministration.Set()) { UseSandbox = true, MyDomain = ClientCredentialsAdministration.MyDomain }, "my_domain", "use_sandbox");

        await Client.SetJwtBearerCredentialAsync(new(JwtBearerAdministration.Set()) { OrgId = Ann.OrgId });
        await NamesAsync(new() { TenantId = "acme", UseSandbox = true }, "consumer_key", "username", "org_id");
        await NamesAsync(new() { TenantId = "acme", CertificateValidityDays = 30 }, "certificate_validity_days");
    }

    [Theory]
    [InlineData("invalid_client_id", "client identifier invalid", FailureClass.LoginRefused, "does not know the consumer key", true)]
    [InlineData("invalid_grant", "invalid assertion", FailureClass.LoginRefused, "upload the certificate", true)]
    [InlineData("invalid_grant", "audience is invalid", FailureClass.LoginRefused, "my_domain", false)]
    [InlineData("invalid_grant", "Audience validation failed", FailureClass.LoginRefused, "my_domain", false)]
    [InlineData("invalid_grant", "user hasn't approved this consumer", FailureClass.NotPermitted, "has not approved the app", true)]
    [InlineData("invalid_app_access", "user is not admin approved to access this app", FailureClass.NotPermitted, "not pre-authorized", true)]
    [InlineData("unsupported_grant_type", "grant type not supported", FailureClass.NotPermitted, "enable JWT Bearer Flow", true)]
    [InlineData("inactive_user", "user is inactive", FailureClass.NotPermitted, "user of the credential is inactive", false)]
    [InlineData("inactive_org", "org is inactive", FailureClass.NotPermitted, "org is inactive", false)]
    [InlineData("app_not_found", "not found", FailureClass.NotPermitted, "not installed", false)]
    [InlineData("invalid_client", "app must be installed into org", FailureClass.NotPermitted, "not installed", false)]
    [InlineData("OAUTH_APP_BLOCKED", "this app is blocked by admin", FailureClass.NotPermitted, "blocks the connected app", false)]
    [InlineData("invalid_grant", "ip restricted", FailureClass.NotPermitted, "login IP ranges", false)]
    [InlineData("invalid_scope", "invalid scope", FailureClass.NotPermitted, "scope api", true)]
    [InlineData("rate_limit_exceeded", "too many", FailureClass.Throttled, "15 minutes", false)]
    [InlineData("server_error", "later", FailureClass.Unavailable, "", false)]
    public async Task Each_error_has_a_class_and_says_what_to_do(string error, string description, FailureClass failureClass, string advice, bool mayBeNew)
    {
        await StageAsync();
        Simulator.Fail(Endpoint.Token, SalesforceSimulator.Failure.OAuth(error, description));
        var failed = await PutInForceAsync();
        IsFailed(failed.Status, failureClass, advice);
        Assert.Equal(mayBeNew, failed.Status.JwtBearer().Candidate.LastTest.Failure.Advice.Contains("last half hour", StringComparison.Ordinal));

        Clock.Advance(TimeSpan.FromMinutes(31));
        Simulator.Fail(Endpoint.Token, SalesforceSimulator.Failure.OAuth(error, description));
        var later = await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.JwtBearer });
        Assert.DoesNotContain("last half hour", later.Test.Failure.Advice, StringComparison.Ordinal);
        Assert.Equal(WriteResult.Activated, (await PutInForceAsync()).Result);
    }

    [Fact]
    public async Task What_an_administrator_has_not_set_in_Salesforce_is_said()
    {
        await StageAsync();
        ChangeApp(app => app with { ApprovedUsers = [] });
        IsFailed((await PutInForceAsync()).Status, FailureClass.NotPermitted, "not pre-authorized");
        ChangeApp(app => app with { ApprovedUsers = null });
        IsFailed((await PutInForceAsync()).Status, FailureClass.NotPermitted, "has not approved the app");
        ChangeApp(app => app with { ApprovedUsers = [Ann.Username], KnownFrom = Clock.GetUtcNow().AddMinutes(10) });
        IsFailed((await PutInForceAsync()).Status, FailureClass.LoginRefused, "last half hour");
        Clock.Advance(TimeSpan.FromMinutes(10.5));
        Assert.Equal(WriteResult.Activated, (await PutInForceAsync()).Result);
    }

    [Fact]
    public async Task An_ended_certificate_is_told_from_one_that_was_not_uploaded()
    {
        await StageAsync(new(JwtBearerAdministration.Set()) { CertificateValidityDays = 1 });
        Clock.Advance(TimeSpan.FromHours(25));
        IsFailed((await PutInForceAsync()).Status, FailureClass.LoginRefused, "certificate has ended");
    }

    [Fact]
    public async Task A_required_org_is_checked_and_an_answer_that_names_a_strange_host_is_not_used()
    {
        await StageAsync(new(JwtBearerAdministration.Set()) { OrgId = DefaultUsers.Sandbox.OrgId });
        IsFailed((await PutInForceAsync()).Status, FailureClass.WrongIdentity, "org_id");
        await Client.SetJwtBearerCredentialAsync(new() { TenantId = "acme", OrgId = "", Activation = Activation.Staged });
        foreach (var twist in new TokenTwist[] { new() { InstanceUrl = new Uri("https://evil.example.test") }, new() { Without = "id" } })
        {
            Simulator.Fail(Endpoint.Token, SalesforceSimulator.Failure.Token(twist));
            IsFailed((await PutInForceAsync()).Status, FailureClass.ServiceConfiguration, "");
        }
    }

    private static void IsFailed(CredentialStatus status, FailureClass failureClass, string advice)
    {
        var failure = status.JwtBearer().Candidate.LastTest.Failure;
        Assert.Equal(failureClass, failure.FailureClass);
        Assert.Contains(advice, failure.Advice, StringComparison.Ordinal);
        Assert.Null(status.JwtBearer().Current);
        Assert.Equal(Availability.NotConfigured, status.Availability);
        Assert.Contains(failure.Advice, status.Advice, StringComparison.Ordinal);
    }

    private async Task NamesAsync(SetJwtBearerCredentialRequest request, params string[] fields)
    {
        var status = await Client.SetJwtBearerCredentialAsync(request).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
        Assert.Equal(fields.Order(), status.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field).Distinct().Order());
    }
}
