using System.Net;
using GrpcCreds.SalesforceSimulator;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed class LoginTests : SimulatorTest
{
    [Fact]
    public async Task A_good_login_is_answered_byte_for_byte()
    {
        using var response = await LoginAsync("ann@acme.test", "demo-passwordDemoToken1");
        var body = await response.Content.ReadAsStringAsync(Cancelled);
        var (host, session) = (Simulator.Production.ToString().TrimEnd('/'), Simulator.Sessions().Single().Id);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/xml; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            """<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" """
            + """xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><loginResponse xmlns="urn:partner.soap.sforce.com"><result>"""
            + $"<metadataServerUrl>{host}/services/Soap/m/64.0/00Dxx0000001gPL</metadataServerUrl>"
            + "<passwordExpired>false</passwordExpired><sandbox>false</sandbox>"
            + $"<serverUrl>{host}/services/Soap/u/64.0/00Dxx0000001gPL</serverUrl>"
            + $"<sessionId>{session}</sessionId><userId>005600000045vWeAAI</userId>"
            + "<userInfo><accessibilityMode>false</accessibilityMode><currencySymbol>$</currencySymbol>"
            + "<orgAttachmentFileSizeLimit>5242880</orgAttachmentFileSizeLimit><orgDefaultCurrencyIsoCode>USD</orgDefaultCurrencyIsoCode>"
            + "<orgDisallowHtmlAttachments>false</orgDisallowHtmlAttachments><orgHasPersonAccounts>false</orgHasPersonAccounts>"
            + "<organizationId>00Dxx0000001gPLEAY</organizationId><organizationMultiCurrency>false</organizationMultiCurrency>"
            + """<organizationName>Acme</organizationName><profileId>00e2w000003A5qrAAC</profileId><roleId xsi:nil="true"/>"""
            + """<sessionSecondsValid>7200</sessionSecondsValid><userDefaultCurrencyIsoCode xsi:nil="true"/>"""
            + "<userEmail>ann@acme.test</userEmail><userFullName>ann@acme.test</userFullName><userId>005600000045vWeAAI</userId>"
            + "<userLanguage>en_US</userLanguage><userLocale>en_GB</userLocale><userName>ann@acme.test</userName>"
            + "<userTimeZone>Europe/London</userTimeZone><userType>Standard</userType><userUiSkin>Theme3</userUiSkin>"
            + "</userInfo></result></loginResponse></soapenv:Body></soapenv:Envelope>",
            body);
        Assert.StartsWith("00Dxx0000001gPL!", session, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ann@acme.test", "wrong")]
    [InlineData("ann@acme.test", "Demo-passwordDemoToken1")]
    [InlineData("nobody@acme.test", "demo-passwordDemoToken1")]
    [InlineData("ann@acme.test.uat", "demo-password-uat")]
    public async Task A_refused_login_is_answered_byte_for_byte_and_does_not_tell_why(string username, string password)
    {
        using var response = await LoginAsync(username, password);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal(
            """<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" """
            + """xmlns:sf="urn:fault.partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault>"""
            + "<faultcode>sf:INVALID_LOGIN</faultcode>"
            + "<faultstring>INVALID_LOGIN: Invalid username, password, security token; or user locked out.</faultstring>"
            + """<detail><sf:LoginFault xmlns:sf="urn:fault.partner.soap.sforce.com" xsi:type="sf:LoginFault">"""
            + "<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>"
            + "<sf:exceptionMessage>Invalid username, password, security token; or user locked out.</sf:exceptionMessage>"
            + "</sf:LoginFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>",
            await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_sandbox_says_that_it_is_one()
    {
        var body = await BodyOfLoginAsync("ann@acme.test.uat", "demo-password-uat", Simulator.Sandbox);
        Assert.Equal("true", Element(body, "sandbox"));
        Assert.StartsWith(Simulator.Sandbox.ToString(), Element(body, "serverUrl"), StringComparison.Ordinal);
        Assert.Equal("00Dx0000000BV7zEAG", Element(body, "organizationId"));
    }

    [Fact]
    public async Task A_password_keeps_special_characters_and_spaces()
    {
        Simulator.AddUser("eve@acme.test", " <p&\"'ä😀>  ");
        Assert.Equal("false", Element(await BodyOfLoginAsync("EVE@acme.test", " <p&\"'ä😀>  "), "passwordExpired"));
        Assert.Equal("INVALID_LOGIN", await RefusalAsync("eve@acme.test", " <p&\"'ä😀> "));
    }

    [Fact]
    public async Task An_expired_password_is_said_in_a_good_answer()
    {
        var session = await SessionAsync(new() { Username = "old@acme.test", Password = "p", PasswordExpired = true });
        Assert.Equal("true", Element(await BodyOfLoginAsync("old@acme.test", "p"), "passwordExpired"));
        var (status, body) = await ReadAsync("services/data/v64.0", session);
        Assert.Equal((403, true), (status, body.Contains("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_login_may_be_posted_to_the_enterprise_API_with_slashes_to_spare_and_an_organization()
    {
        foreach (var path in new[] { "services/Soap/c/50.0", "/services//Soap/u/31.0", "services/Soap/u/64.0/00Dxx0000001gPL" })
        {
            var body = await BodyOfLoginAsync("ann@acme.test", "demo-passwordDemoToken1", path: $"{Simulator.Production}{path}");
            Assert.Equal("false", Element(body, "sandbox"));
            Assert.Contains(path.Contains("/c/", StringComparison.Ordinal) ? "urn:enterprise.soap" : "urn:partner.soap", body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("65.0", "not available in API version 65.0")]
    [InlineData("30.0", "API version 30.0 is retired")]
    [InlineData("abc", "Invalid Api version specified on URL")]
    public async Task A_version_without_login_is_a_fault(string version, string words)
    {
        var body = await BodyOfLoginAsync("ann@acme.test", "demo-passwordDemoToken1", path: $"services/Soap/u/{version}");
        Assert.Equal("UNSUPPORTED_API_VERSION", Element(body, "exceptionCode"));
        Assert.Contains(words, Element(body, "faultstring"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_instance_url_is_the_users_or_the_configured_or_that_of_the_request()
    {
        using var request = LoginRequest(Simulator.Production, "ann@acme.test", "demo-passwordDemoToken1");
        request.Headers.Host = "acme.my.salesforce.test";
        using var response = await Http.SendAsync(request, Cancelled);
        var answer = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal("http://acme.my.salesforce.test/services/Soap/u/64.0/00Dxx0000001gPL", Element(answer, "serverUrl"));

        await using var configured = await Simulator.StartAsync(new() { ProductionInstanceUrl = new("https://na1.test/") }, Cancelled);
        var login = await BodyOfLoginAsync("ann@acme.test", "demo-passwordDemoToken1", configured.Production);
        Assert.Equal("https://na1.test/services/Soap/u/64.0/00Dxx0000001gPL", Element(login, "serverUrl"));

        configured.ChangeUser("ann@acme.test", ann => ann with { InstanceUrl = new("https://na2.test") });
        login = await BodyOfLoginAsync("ann@acme.test", "demo-passwordDemoToken1", configured.Production);
        Assert.Equal("https://na2.test/services/Soap/u/64.0/00Dxx0000001gPL", Element(login, "serverUrl"));
    }

    [Fact]
    public async Task Ids_can_be_printed_short_and_change_where_a_later_login_lands()
    {
        Simulator.ChangeUser("ann@acme.test", ann => ann with { ShortIds = true, UserId = "005x00000012Q9P", OrgId = "00DABCDEFGHIJKL255" });
        var body = await BodyOfLoginAsync("ann@acme.test", "demo-passwordDemoToken1");
        Assert.Equal(("005x00000012Q9P", "00DABCDEFGHIJKL"), (Element(body, "userId"), Element(body, "organizationId")));
        Assert.Equal("005x00000012Q9PAAU", Simulator.Sessions().Single().UserId);
        Assert.Throws<ArgumentException>(() => Simulator.ChangeUser("ann@acme.test", ann => ann with { UserId = "005x00000012Q9PAAA" }));
    }

    [Fact]
    public async Task What_is_no_proper_SOAP_is_told_so()
    {
        var uri = new Uri(Simulator.Production, "services/Soap/u/64.0");
        using var noAction = LoginRequest(Simulator.Production, "ann@acme.test", "x");
        noAction.Headers.Remove("SOAPAction");
        Assert.Contains("SOAPAction HTTP header missing", await BodyOfAsync(noAction), StringComparison.Ordinal);
        using var wrongNamespace = SoapRequest(uri, "<login xmlns='urn:enterprise.soap.sforce.com'/>");
        Assert.Contains("No operation available", await BodyOfAsync(wrongNamespace), StringComparison.Ordinal);
        using var withDtd = SoapRequest(uri, "<login xmlns='urn:partner.soap.sforce.com'/>");
        withDtd.Content = new StringContent("<!DOCTYPE a [<!ENTITY b 'c'>]>" + await withDtd.Content!.ReadAsStringAsync(Cancelled));
        Assert.Equal("XML_PARSER_ERROR", Element(await BodyOfAsync(withDtd), "exceptionCode"));
    }

    private async Task<string> BodyOfAsync(HttpRequestMessage request)
    {
        using var response = await Http.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        return await response.Content.ReadAsStringAsync(Cancelled);
    }
}
