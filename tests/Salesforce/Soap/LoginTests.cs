using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.Soap;
using GrpcCreds.Server.Tenants.Model;
using Xunit;

namespace GrpcCreds.Tests.Salesforce.Soap;

public sealed class LoginTests : SalesforceTest
{
    [Fact]
    public async Task A_good_login_yields_the_session_and_names_whose_it_is()
    {
        var before = DateTimeOffset.UtcNow;
        var verdict = await LoginAsync();

        Assert.Null(verdict.Failure);
        Assert.Equal(Assert.Single(Simulator.Sessions()).Id, verdict.Session!.AccessToken.Reveal());
        Assert.Equal(Simulator.Production.GetLeftPart(UriPartial.Authority), verdict.Session.InstanceUrl);
        Assert.Equal("00Dxx0000001gPLEAY", verdict.Session.Identity.OrgId);
        Assert.InRange(verdict.Session.ExpectedExpireTime, before.AddSeconds(7200), DateTimeOffset.UtcNow.AddSeconds(7200));
        Assert.Equal([("LOGIN", Outcome.Succeeded), ("IDENTITY", Outcome.Succeeded)], verdict.Checks.Select(check => (check.Name, check.Outcome)));
        Assert.Contains(verdict.Session.Identity.UserId, verdict.Checks[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Short_ids_are_kept_with_18_characters_and_no_life_is_longer_than_a_day()
    {
        Simulator.ChangeUser(User, user => user with { ShortIds = true, SessionSecondsValid = int.MaxValue });
        var session = (await LoginAsync()).Session!;
        Assert.Equal((18, 18), (session.Identity.OrgId.Length, session.Identity.UserId.Length));
        Assert.True(session.ExpectedExpireTime <= DateTimeOffset.UtcNow.AddDays(1));
    }

    [Fact]
    public async Task An_expired_password_is_refused_though_a_session_came()
    {
        Simulator.ChangeUser(User, user => user with { PasswordExpired = true });
        var failure = Fails(await LoginAsync(), FailureClass.LoginRefused, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD");
        Assert.Contains("The password has expired", failure.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_login_to_the_other_environment_is_of_the_wrong_identity(bool useSandbox)
    {
        var options = new SalesforceOptions
        {
            Production = new() { ApiBaseUrl = Simulator.Sandbox },
            Sandbox = new() { ApiBaseUrl = Simulator.Production },
        };
        var verdict = await Client(options).LoginAsync(Credential with { UseSandbox = useSandbox });
        Assert.Contains("Use Sandbox", Fails(verdict, FailureClass.WrongIdentity).Advice, StringComparison.Ordinal);
        Assert.Equal([("LOGIN", Outcome.Succeeded), ("IDENTITY", Outcome.Failed)], verdict.Checks.Select(check => (check.Name, check.Outcome)));
    }

    [Fact]
    public async Task A_sandbox_login_goes_to_the_sandbox()
    {
        var verdict = await Client().LoginAsync(Credential with { UseSandbox = true });
        Assert.Equal("00Dx0000000BV7zEAG", verdict.Session!.Identity.OrgId);
        Assert.Empty(Simulator.Ledger());
    }

    [Theory]
    [InlineData("00Dx0000000BV7zEAG", "005600000045vWeAAI")]
    [InlineData("00Dxx0000001gPLEAY", "005x00000012Q9PAAU")]
    public async Task A_login_as_somebody_else_than_expected_names_both(string org, string userId)
    {
        Simulator.ChangeUser(User, user => user with { OrgId = org, UserId = userId });
        var expected = new SalesforceIdentity("00Dxx0000001gPLEAY", "005600000045vWeAAI");
        var failure = Fails(await Client().LoginAsync(Credential, expected), FailureClass.WrongIdentity);
        Assert.All([org, userId, expected.OrgId, expected.UserId], id => Assert.Contains(id, failure.Advice, StringComparison.Ordinal));
        Assert.NotNull((await Client().LoginAsync(Credential, new(org, userId))).Session);
    }

    [Theory]
    [InlineData("http://acme.my.salesforce.com/")]
    [InlineData("https://acme.my.salesforce.com.evil.example/")]
    [InlineData("http://169.254.169.254/")]
    public async Task A_session_for_a_host_that_is_not_allowed_is_not_taken(string url)
    {
        Simulator.ChangeUser(User, user => user with { InstanceUrl = new Uri(url) });
        Fails(await LoginAsync(), FailureClass.ServiceConfiguration);
    }

    [Fact]
    public async Task Any_host_of_Salesforce_may_be_the_instance()
    {
        Simulator.ChangeUser(User, user => user with { InstanceUrl = new Uri("https://acme.my.salesforce.com/") });
        Assert.Equal("https://acme.my.salesforce.com", (await LoginAsync()).Session!.InstanceUrl);
    }

    [Fact]
    public async Task A_claim_that_has_grown_old_sends_nothing()
    {
        Fails(await Client().LoginAsync(Credential, maySend: () => false), FailureClass.Unavailable);
        Assert.Empty(Simulator.Ledger());
        Assert.NotNull((await Client().LoginAsync(Credential, maySend: () => true)).Session);
    }

    [Fact]
    public async Task A_session_id_that_would_break_a_header_is_no_answer()
    {
        var body =
            "<e><loginResponse><result><serverUrl>https://a.my.salesforce.com/x</serverUrl><sessionId>a&#10;b</sessionId><userId>005600000045vWe</userId>"
            + "<userInfo><organizationId>00Dxx0000001gPL</organizationId></userInfo></result></loginResponse></e>";
        FailLogin(SalesforceSimulator.Failure.Status(200, body, "text/xml"));
        Fails(await LoginAsync(), FailureClass.OutcomeUnknown);
        FailLogin(SalesforceSimulator.Failure.Status(200, body.Replace("&#10;", "", StringComparison.Ordinal), "text/xml"));
        Assert.Equal("ab", (await LoginAsync()).Session!.AccessToken.Reveal());
        FailLogin(SalesforceSimulator.Failure.Status(500, body.Replace("&#10;", "", StringComparison.Ordinal), "text/xml"));
        Fails(await LoginAsync(), FailureClass.OutcomeUnknown);
    }

    [Fact]
    public void The_request_escapes_and_trims_nothing()
    {
        var request = SoapLogin.Request("u&<é", new Secret(" p]]>\t"), new Secret("t "));
        var document = System.Xml.Linq.XDocument.Load(new MemoryStream(request), System.Xml.Linq.LoadOptions.PreserveWhitespace);
        Assert.Equal(["u&<é", " p]]>\tt "],
            document.Descendants().Where(element => element.Name.LocalName is "username" or "password").Select(element => element.Value));
    }
}
