using System.Text;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.Server.Configuration;
using Xunit;

namespace GrpcCreds.Tests.Callers;

public sealed class CallerFileTests
{
    private const string Key = """{"id":"0123456789ab","sha256":"0000000000000000000000000000000000000000000000000000000000000000"}""";

    private static readonly CallersOptions All = new()
    {
        Certificates = new() { AuthoritiesFile = "ca.pem", TrustDomain = "example.org" },
        Jwt = new() { Issuer = "https://issuer.test", Audience = "grpccreds" },
    };

    [Theory]
    [InlineData("""{}""", "not valid JSON")]
    [InlineData("""null""", "it is empty")]
    [InlineData("""{"callers":[],"more":1}""", "not valid JSON")]
    [InlineData("""{"callers":[],"callers":[]}""", "not valid JSON")]
    [InlineData("""{"callers":[{"name":"a","grant":[]}]}""", "not valid JSON")]
    [InlineData("""{"callers":[{"name":"a","jwt_subjects":["a"],"grants":[]}]}""", "callers[0].grants must not be empty")]
    [InlineData("""{"callers":[{"name":"a","jwt_subjects":["a"],"grants":[{"role":"Admin","tenants":["*"]}]}]}""",
        "role must be admin, viewer, node or auditor")]
    [InlineData("""{"callers":[{"name":"a","jwt_subjects":["a"],"grants":[{"role":"1","tenants":["*"]}]}]}""", "role must be admin, viewer, node or auditor")]
    [InlineData("""{"callers":[{"name":"a","jwt_subjects":["a"],"grants":[{"role":"admin","tenants":[]}]}]}""", "tenants must be")]
    [InlineData("""{"callers":[{"name":"a","jwt_subjects":["a"],"grants":[{"role":"admin","tenants":["ac*"]}]}]}""", "tenants must be")]
    [InlineData("""{"callers":[{"name":"a","jwt_subjects":["a"],"grants":[{"role":"admin","tenants":["a"]},{"role":"admin","tenants":["b"]}]}]}""",
        "appears twice")]
    [InlineData("""{"callers":[{"name":"a","jwt_subjects":["a"],"grants":[{"role":"admin","tenants":["a"]},{"role":"node","tenants":["b"]}]}]}""",
        "no caller may both change and receive")]
    [InlineData("""{"callers":[{"name":"a","grants":[{"role":"admin","tenants":["a"]}]}]}""", "needs one of certificate_uris")]
    [InlineData("""{"callers":[{"name":"service","jwt_subjects":["a"],"grants":[{"role":"admin","tenants":["a"]}]}]}""", "name must be")]
    [InlineData("""{"callers":[{"name":"a b","jwt_subjects":["a"],"grants":[{"role":"admin","tenants":["a"]}]}]}""", "name must be")]
    [InlineData(
        """
        {"callers":[{"name":"a","jwt_subjects":["a"],"grants":[{"role":"admin","tenants":["a"]}]},
        {"name":"a","jwt_subjects":["b"],"grants":[{"role":"admin","tenants":["a"]}]}]}
        """,
        "also the name of another caller")]
    [InlineData("""{"callers":[{"name":"a","jwt_subjects":["a","a"],"grants":[{"role":"admin","tenants":["a"]}]}]}""", "appears in the table twice")]
    [InlineData("""{"callers":[{"name":"a","jwt_subjects":[""],"grants":[{"role":"admin","tenants":["a"]}]}]}""", "none may be empty")]
    [InlineData("""{"callers":[{"name":"a","certificate_uris":["spiffe://other/a"],"grants":[{"role":"admin","tenants":["a"]}]}]}""",
        "certificate_uris: each must be")]
    [InlineData("""{"callers":[{"name":"a","api_keys":[{"id":"x","sha256":"y"}],"grants":[{"role":"admin","tenants":["a"]}]}]}""",
        "as new-api-key prints them")]
    public void A_table_that_is_none_is_refused_with_the_reason(string table, string why) =>
        Assert.Contains(why, Assert.Throws<FileException>(() => Parse(table, All)).Message, StringComparison.Ordinal);

    [Fact]
    public void All_that_is_wrong_is_named_together()
    {
        var message = Assert.Throws<FileException>(
            () => Parse("""{"callers":[{"name":"","grants":[]},{"name":"b","grants":[{"role":"x","tenants":["Y"]}]}]}""", All)).Message;
        Assert.All(["callers[0].name", "callers[0].grants", "callers[1].grants[0].role", "callers[1].grants[0].tenants"],
            part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_proof_that_no_setting_lets_in_is_named()
    {
        var table = $$"""{"callers":[{"name":"a","certificate_subjects":["CN=a"],"jwt_subjects":["a"],"api_keys":[{{Key}}]"""
            + ""","grants":[{"role":"admin","tenants":["a"]}]}]}""";
        var message = Assert.Throws<FileException>(() => Parse(table, new())).Message;
        Assert.Contains("Callers:Certificates:AuthoritiesFile is not set", message, StringComparison.Ordinal);
        Assert.Contains("Callers:Jwt:Issuer is not set", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_grant_counts_for_its_role_and_its_tenants()
    {
        var table = Parse(
            """{"callers":[{"name":"a","jwt_subjects":["a"],"grants":[{"role":"admin","tenants":["x"]},{"role":"viewer","tenants":["*"]}]}]} // said""", All);
        var grants = table.ByJwtSubject("a")!.Grants;
        Assert.True(grants.Has(Role.Admin, "x") && grants.Has(Role.Viewer, "anything"));
        Assert.False(grants.Has(Role.Admin, "y") || grants.Has(Role.Admin, "X")
            || grants.Has(Role.Admin, "*") || grants.Has(Role.Node, "x") || grants.Has(Role.Auditor));
        Assert.Null(table.ByJwtSubject("A"));
    }

    private static CallerTable Parse(string table, CallersOptions options) => new CallerFile(options).Parse(Encoding.UTF8.GetBytes(table));
}
