using System.Security;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>SOAP faults, byte for byte as Salesforce sends them. jsforce finds <c>faultstring</c> by regular expression: one line, no prefix.</summary>
internal static class SoapFault
{
    private static readonly HashSet<string> LoginFaults =
    [
        "INVALID_LOGIN", "LOGIN_MUST_USE_SECURITY_TOKEN", "LOGIN_CHALLENGE_ISSUED", "LOGIN_CHALLENGE_PENDING", "PASSWORD_LOCKOUT",
        "LOGIN_DURING_RESTRICTED_DOMAIN", "LOGIN_DURING_RESTRICTED_TIME", "INVALID_OPERATION", "INSUFFICIENT_ACCESS", "ORG_LOCKED",
        "TRIAL_EXPIRED", "INACTIVE_OWNER_OR_USER", "ORG_IN_MAINTENANCE", "API_DISABLED_FOR_ORG", "CLIENT_NOT_ACCESSIBLE_FOR_USER",
    ];

    private static readonly Dictionary<string, string> Messages = new()
    {
        ["INVALID_LOGIN"] = "Invalid username, password, security token; or user locked out.",
        ["LOGIN_MUST_USE_SECURITY_TOKEN"] = "Invalid username, password, security token; or user locked out. Are you at a new location? "
            + "When accessing Salesforce--either via a desktop client or the API--from outside of your company's trusted networks, "
            + "you must add a security token to your password to log in.",
        ["INVALID_OPERATION"] = "SOAP API login() is disabled by default in this org.",
        ["INVALID_SESSION_ID"] = "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, missing session hash.",
        ["LOGIN_DURING_RESTRICTED_DOMAIN"] = "User cannot log in from the current IP address",
        ["LOGIN_DURING_RESTRICTED_TIME"] = "User cannot log in at this time",
        ["INACTIVE_OWNER_OR_USER"] = "User is inactive",
        ["API_DISABLED_FOR_ORG"] = "API is not enabled for this Organization or Partner",
        ["UNSUPPORTED_API_VERSION"] = "Unsupported API version specified on URL",
        ["SERVER_UNAVAILABLE"] = "Server is unavailable",
    };

    public static Answer Answer(string exceptionCode, string? message = null, int status = 500)
    {
        var code = SecurityElement.Escape(exceptionCode);
        var text = SecurityElement.Escape(message ?? Messages.GetValueOrDefault(exceptionCode, exceptionCode));
        var type = LoginFaults.Contains(exceptionCode) ? "LoginFault" : "UnexpectedErrorFault";
        return Envelope(status, exceptionCode, $"<faultcode>sf:{code}</faultcode><faultstring>{code}: {text}</faultstring>"
            + $"""<detail><sf:{type} xmlns:sf="urn:fault.partner.soap.sforce.com" xsi:type="sf:{type}">"""
            + $"<sf:exceptionCode>{code}</sf:exceptionCode><sf:exceptionMessage>{text}</sf:exceptionMessage></sf:{type}></detail>");
    }

    /// <summary>An error in the message itself, found before Salesforce processes the operation.</summary>
    public static Answer OfClient(string text) =>
        Envelope(500, "soapenv:Client", $"<faultcode>soapenv:Client</faultcode><faultstring>{SecurityElement.Escape(text)}</faultstring>");

    private static Answer Envelope(int status, string exceptionCode, string fault)
    {
        var body = """<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" """
            + """xmlns:sf="urn:fault.partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">"""
            + $"<soapenv:Body><soapenv:Fault>{fault}</soapenv:Fault></soapenv:Body></soapenv:Envelope>";
        return SalesforceSimulator.Answer.Xml(status, body) with { ExceptionCode = exceptionCode };
    }
}
