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
        $"Salesforce:MyDomains:acme--uat.sandbox.my.salesforce.com={Simulator.Sandbox}",
    ];

    [Fact]
    public async Task A_login_goes_to_the_My_Domain_and_back_to_the_generic_host_when_that_is_taken_away()
    {
        var request = Calls.SetPassword();
        request.MyDomain = "acme.my.salesforce.com";
        request.DeliverLogin = true;
        var set = await Client.SetPasswordCredentialAsync(request);
        Assert.Equal((WriteResult.Activated, "acme.my.salesforce.com"), (set.Result, set.Status.Modes[0].Current.MyDomain));

        // A sandbox answers at this one, though the tenant says production.
        var elsewhere = await Client.SetPasswordCredentialAsync(new() { TenantId = "acme", MyDomain = "acme--uat.sandbox.my.salesforce.com" });
        Assert.Equal(WriteResult.TestFailed, elsewhere.Result);
        Assert.NotEmpty(Simulator.Ledger(SalesforceSimulator.Personality.Sandbox));

        var generic = await Client.SetPasswordCredentialAsync(new() { TenantId = "acme", MyDomain = "" });
        Assert.Equal((WriteResult.Activated, ""), (generic.Result, generic.Status.Modes[0].Current.MyDomain));
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
