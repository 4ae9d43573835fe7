using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Salesforce.Soap;

public sealed class LoginFaultTests : SalesforceTest
{
    private const string Words = "Some words of Salesforce, canary";

    public static TheoryData<string, string> Codes => new()
    {
        { "INVALID_LOGIN", "LoginRefused" },
        { "PASSWORD_LOCKOUT", "LoginRefused" },
        { "LOGIN_MUST_USE_SECURITY_TOKEN", "LoginRefused" },
        { "INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "LoginRefused" },
        { "LOGIN_CHALLENGE_ISSUED", "NotPermitted" },
        { "LOGIN_CHALLENGE_PENDING", "NotPermitted" },
        { "LOGIN_DURING_RESTRICTED_DOMAIN", "NotPermitted" },
        { "LOGIN_DURING_RESTRICTED_TIME", "NotPermitted" },
        { "INVALID_OPERATION", "NotPermitted" },
        { "INSUFFICIENT_ACCESS", "NotPermitted" },
        { "API_DISABLED_FOR_ORG", "NotPermitted" },
        { "API_CURRENTLY_DISABLED", "NotPermitted" },
        { "CLIENT_NOT_ACCESSIBLE_FOR_USER", "NotPermitted" },
        { "FUNCTIONALITY_NOT_ENABLED", "NotPermitted" },
        { "ORG_LOCKED", "NotPermitted" },
        { "TRIAL_EXPIRED", "NotPermitted" },
        { "INACTIVE_OWNER_OR_USER", "NotPermitted" },
        { "MUTUAL_AUTHENTICATION_FAILED", "NotPermitted" },
        { "A_CODE_OF_TOMORROW_2", "NotPermitted" },
        { "ORG_IN_MAINTENANCE", "Unavailable" },
        { "SERVER_UNAVAILABLE", "Unavailable" },
        { "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE", "Unavailable" },
        { "SSO_SERVICE_DOWN", "Unavailable" },
        { "REQUEST_RUNNING_TOO_LONG", "Unavailable" },
        { "REQUEST_LIMIT_EXCEEDED", "Throttled" },
        { "LIMIT_EXCEEDED", "Throttled" },
        { "UNSUPPORTED_API_VERSION", "ServiceConfiguration" },
        { "XML_PARSER_ERROR", "ServiceConfiguration" },
        { "INVALID_SOAP_HEADER", "ServiceConfiguration" },
        { "UNKNOWN_EXCEPTION", "OutcomeUnknown" },
    };

    [Theory, MemberData(nameof(Codes))]
    public async Task Every_code_has_a_class_and_an_advice_of_our_own(string code, string failureClass)
    {
        FailLogin(Failure.Fault(code, Words));
        var failure = Fails(await LoginAsync(), Enum.Parse<FailureClass>(failureClass), code);

        Assert.DoesNotContain("canary", failure.Advice, StringComparison.Ordinal);
        Assert.EndsWith(".", failure.Advice, StringComparison.Ordinal);
        Assert.Equal(failure.Class == FailureClass.LoginRefused, failure.Advice.StartsWith(ExceptionCodes.RefusedAdvice, StringComparison.Ordinal));
        Assert.Equal(1, Simulator.Logins(User).Attempts);
    }

    [Fact]
    public async Task A_refused_login_says_what_to_check()
    {
        Simulator.ChangeUser(User, user => user with { Password = "another" });
        var failure = Fails(await LoginAsync(), FailureClass.LoginRefused, "INVALID_LOGIN");
        Assert.Equal("Check username, password, security token and Use Sandbox; the user may also be locked. Salesforce does not say which.", failure.Advice);
    }

    [Theory, MemberData(nameof(Codes))]
    public async Task A_fault_in_a_200_says_the_same(string code, string failureClass)
    {
        FailLogin(Failure.Fault(code, status: 200));
        Fails(await LoginAsync(), Enum.Parse<FailureClass>(failureClass), code);
    }

    [Theory]
    [InlineData("<faultcode>INVALID_LOGIN</faultcode><faultstring>x</faultstring>")]
    [InlineData("<faultcode>sf:INVALID_LOGIN</faultcode>")]
    [InlineData("<faultcode>x</faultcode><faultstring>INVALID_LOGIN: Invalid username</faultstring>")]
    [InlineData("<faultcode>x</faultcode><detail><fault><exceptionCode>\n  INVALID_LOGIN\n</exceptionCode></fault></detail>")]
    [InlineData("<faultcode/><detail><q:fault xmlns:q='urn:any'><q:exceptionCode>q:INVALID_LOGIN</q:exceptionCode></q:fault></detail>")]
    public async Task A_code_is_found_with_any_prefix_or_none_and_without_detail(string fault)
    {
        FailLogin(Failure.Status(500, $"<Envelope><Body><Fault>{fault}</Fault></Body></Envelope>"));
        Fails(await LoginAsync(), FailureClass.LoginRefused, "INVALID_LOGIN");
    }

    [Theory]
    [InlineData("<faultcode>soapenv:Client</faultcode><faultstring>No operation available, canary</faultstring>", "ServiceConfiguration")]
    [InlineData("<faultcode>soapenv:Server</faultcode><faultstring>canary</faultstring>", "OutcomeUnknown")]
    [InlineData("<faultcode>sf:look at canary.example</faultcode>", "OutcomeUnknown")]
    [InlineData("", "OutcomeUnknown")]
    public async Task What_is_no_code_is_not_shown(string fault, string failureClass)
    {
        FailLogin(Failure.Status(500, $"<Envelope><Body><Fault>{fault}</Fault></Body></Envelope>"));
        Assert.DoesNotContain("canary", Fails(await LoginAsync(), Enum.Parse<FailureClass>(failureClass)).Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_logins_are_known_by_their_text_too()
    {
        FailLogin(Failure.Fault("INVALID_LOGIN", "Login Rate Exceeded"));
        Fails(await LoginAsync(), FailureClass.Throttled, "INVALID_LOGIN");
    }

    [Theory]
    [InlineData(420, "Throttled")]
    [InlineData(429, "Throttled")]
    [InlineData(503, "Unavailable")]
    [InlineData(403, "Unavailable")]
    [InlineData(406, "Unavailable")]
    [InlineData(404, "ServiceConfiguration")]
    [InlineData(410, "ServiceConfiguration")]
    [InlineData(500, "OutcomeUnknown")]
    [InlineData(502, "OutcomeUnknown")]
    [InlineData(504, "OutcomeUnknown")]
    [InlineData(200, "OutcomeUnknown")]
    [InlineData(204, "OutcomeUnknown")]
    public async Task A_page_counts_by_its_status_alone(int status, string failureClass)
    {
        foreach (var failure in status == 204 ? [Failure.Status(status)] : new[]
            { Failure.Html(status), Failure.Status(status), Failure.Status(status, "canary down") })
        {
            FailLogin(failure);
            Fails(await LoginAsync(), Enum.Parse<FailureClass>(failureClass));
        }
        Assert.Empty(Simulator.Sessions());
    }

    [Theory]
    [InlineData("<!DOCTYPE e [<!ENTITY a 'INVALID_LOGIN'>]><e><Fault><faultcode>&a;</faultcode></Fault></e>")]
    [InlineData("<!DOCTYPE e SYSTEM 'http://127.0.0.1/dtd'><e><Fault><faultcode>INVALID_LOGIN</faultcode></Fault></e>")]
    [InlineData("<Envelope><Body><Fault><faultcode>INVALID_LOGIN</faultcode></Fault></Body>")]
    [InlineData("<?xml version='1.0' encoding='no-such'?><Fault><faultcode>INVALID_LOGIN</faultcode></Fault>")]
    [InlineData("<e><loginResponse><result><sessionId>canary</sessionId></result></loginResponse></e>")]
    [InlineData("{\"error\":\"INVALID_LOGIN\"}")]
    public async Task What_is_no_whole_answer_leaves_the_outcome_open(string body)
    {
        FailLogin(Failure.Status(200, body, "text/xml"));
        Fails(await LoginAsync(), FailureClass.OutcomeUnknown);
    }

    [Fact]
    public async Task A_body_of_nothing_but_depth_does_no_harm()
    {
        FailLogin(Failure.Status(500, string.Concat(Enumerable.Repeat("<a>", 9_000)) + string.Concat(Enumerable.Repeat("</a>", 9_000))));
        Fails(await LoginAsync(), FailureClass.OutcomeUnknown);
    }
}
