using Grpc.Core;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Api;

public sealed class MyDomainTests : ServiceTest
{
    private protected override IEnumerable<string> Settings =>
    [
        $"Salesforce:MyDomains:acme.my.salesforce.com={Simulator.Production}",
        "Salesforce:MyDomains:misspelt.my.salesforce.com=http://127.0.0.1:1",
        "Salesforce:AllowedHostSuffixes:0=.crm.example.test",
        "Salesforce:AllowedHostSuffixes:1=.my.salesforce.mil",
    ];

    [Fact]
    public async Task A_login_goes_to_the_My_Domain_and_back_to_the_generic_host_when_that_is_taken_away()
    {
        var request = Calls.SetPassword();
        request.MyDomain = "acme.my.salesforce.com";
        request.DeliverLogin = true;
        var set = await Client.SetPasswordCredentialAsync(request);
        Assert.Equal((WriteResult.Activated, "acme.my.salesforce.com"), (set.Result, set.Status.Modes[0].Current.MyDomain));

        var generic = await Client.SetPasswordCredentialAsync(new() { TenantId = "acme", MyDomain = "" });
        Assert.Equal((WriteResult.Activated, ""), (generic.Result, generic.Status.Modes[0].Current.MyDomain));
    }

    [Fact]
    public async Task What_never_left_this_service_does_not_count_against_the_user()
    {
        var request = Calls.SetPassword();
        request.MyDomain = "misspelt.my.salesforce.com";
        for (var i = 0; i < 7; i++)
            Assert.Equal(FailureClass.Unavailable, (await Client.SetPasswordCredentialAsync(request)).Status.Modes[0].Candidate.LastTest.Failure.FailureClass);
        request.MyDomain = "acme.my.salesforce.com";
        Assert.Equal(WriteResult.Activated, (await Client.SetPasswordCredentialAsync(request)).Result);
    }

    [Theory]
    [InlineData("acme--uat.sandbox.my.salesforce.com", true)]
    [InlineData("acme--uat.my.salesforce.com", true)]
    [InlineData("acme--uat.cs42.my.salesforce.com", true)]
    [InlineData("bold-cat-1-dev-ed.scratch.my.salesforce.com", true)]
    [InlineData("acme.my.salesforce.com", false)]
    [InlineData("acme-dev-ed.my.salesforce.com", false)]
    [InlineData("acme-dev-ed.develop.my.salesforce.com", false)]
    [InlineData("acme.trailblaze.my.salesforce.com", false)]
    [InlineData("acme.demo.my.salesforce.com", false)]
    [InlineData("acme.free.my.salesforce.com", false)]
    [InlineData("acme.patch.my.salesforce.com", false)]
    [InlineData("acme.my.salesforce.mil", false)]
    [InlineData("acme--uat.sandbox.my.salesforce.mil", true)]
    public async Task A_My_Domain_and_use_sandbox_must_agree_in_every_call_that_has_both(string host, bool sandbox)
    {
        var password = Calls.SetPassword();
        (password.MyDomain, password.UseSandbox, password.Activation) = (host, !sandbox, Activation.Staged);
        var oauth = OAuthAdministration.SetOAuth();
        (oauth.MyDomain, oauth.UseSandbox, oauth.Activation) = (host, !sandbox, Activation.Staged);
        await NamesBothAsync(Client.SetPasswordCredentialAsync(password));
        await NamesBothAsync(Client.SetOAuthCredentialAsync(oauth));

        (password.UseSandbox, oauth.UseSandbox) = (sandbox, sandbox);
        Assert.Equal(WriteResult.Staged, (await Client.SetPasswordCredentialAsync(password)).Result);
        Assert.Equal(WriteResult.Staged, (await Client.SetOAuthCredentialAsync(oauth)).Result);

        // The one that is not given is the saved one.
        var other = sandbox ? "acme.my.salesforce.com" : "acme--uat.sandbox.my.salesforce.com";
        await NamesBothAsync(Client.SetPasswordCredentialAsync(new() { TenantId = "acme", MyDomain = other }));
        await NamesBothAsync(Client.SetOAuthCredentialAsync(new() { TenantId = "acme", MyDomain = other }));
        await NamesBothAsync(Client.ResetOAuthAsync(new() { TenantId = "acme", MyDomain = other }));
        var moved = Calls.SetPassword();
        moved.UseSandbox = !sandbox;
        await NamesBothAsync(Client.SetPasswordCredentialAsync(moved));
        oauth.ClearMyDomain();
        oauth.UseSandbox = !sandbox;
        await NamesBothAsync(Client.SetOAuthCredentialAsync(oauth));
        await NamesBothAsync(Client.ResetOAuthAsync(new() { TenantId = "acme", OrgId = oauth.OrgId, UserId = oauth.UserId, UseSandbox = !sandbox }));

        // An omitted field keeps its value. Without a My Domain any environment is accepted.
        Assert.Equal(WriteResult.WaitingForSetup, (await Client.ResetOAuthAsync(new() { TenantId = "acme" })).Result);
        (moved.MyDomain, moved.Activation) = ("", Activation.Staged);
        Assert.Equal(WriteResult.Staged, (await Client.SetPasswordCredentialAsync(moved)).Result);
        Assert.Empty(Simulator.Ledger());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_host_that_the_operator_has_allowed_is_of_either_environment(bool sandbox)
    {
        var request = Calls.SetPassword();
        (request.MyDomain, request.UseSandbox, request.Activation) = ("acme.crm.example.test", sandbox, Activation.Staged);
        Assert.Equal(WriteResult.Staged, (await Client.SetPasswordCredentialAsync(request)).Result);
    }

    private static async Task NamesBothAsync<T>(AsyncUnaryCall<T> call)
    {
        var status = await call.FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
        Assert.Equal(["my_domain", "use_sandbox"], status.GetDetail<Google.Rpc.BadRequest>()!.FieldViolations.Select(violation => violation.Field));
        Assert.DoesNotContain("salesforce.com", status.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evil.com")]
    [InlineData("https://acme.my.salesforce.com")]
    [InlineData("acme.my.salesforce.com:8443")]
    [InlineData("acme.my.salesforce.com.evil.example")]
    [InlineData("ACME.my.salesforce.com")]
    [InlineData("169.254.169.254")]
    public async Task Nothing_but_a_My_Domain_is_taken(string host)
    {
        var request = Calls.SetPassword();
        request.MyDomain = host;
        var status = await Client.SetPasswordCredentialAsync(request).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
        Assert.Equal("my_domain", Assert.Single(status.GetDetail<Google.Rpc.BadRequest>()!.FieldViolations).Field);
        Assert.Empty(Simulator.Ledger());
    }
}
