using System.Globalization;
using System.Security;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>
/// The success responses of SOAP, byte for byte: single-line elements without prefix or attribute, in the order of the WSDL, because clients read them
/// by regular expression.
/// </summary>
internal static class SoapResponse
{
    public static Answer Login(SoapCall call, SimulatedUser user, SimulatedSession session, string instanceUrl)
    {
        var (org, userId) = (user.Print(user.OrgId), user.Print(user.UserId));
        var (name, instance) = (SecurityElement.Escape(user.Username), SecurityElement.Escape(instanceUrl));
        var seconds = ((long)(session.ExpireTime - session.StartTime).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return Envelope($"""<loginResponse xmlns="{call.Namespace}"><result>"""
            + $"<metadataServerUrl>{instance}/services/Soap/m/{call.Version}/{user.OrgId[..15]}</metadataServerUrl>"
            + $"<passwordExpired>{Bool(user.PasswordExpired)}</passwordExpired><sandbox>{Bool(call.Personality == Personality.Sandbox)}</sandbox>"
            + $"<serverUrl>{instance}/services/Soap/{call.Api}/{call.Version}/{user.OrgId[..15]}</serverUrl>"
            + $"<sessionId>{session.Id}</sessionId><userId>{userId}</userId>"
            + "<userInfo><accessibilityMode>false</accessibilityMode><currencySymbol>$</currencySymbol>"
            + "<orgAttachmentFileSizeLimit>5242880</orgAttachmentFileSizeLimit><orgDefaultCurrencyIsoCode>USD</orgDefaultCurrencyIsoCode>"
            + "<orgDisallowHtmlAttachments>false</orgDisallowHtmlAttachments><orgHasPersonAccounts>false</orgHasPersonAccounts>"
            + $"<organizationId>{org}</organizationId><organizationMultiCurrency>false</organizationMultiCurrency>"
            + """<organizationName>Acme</organizationName><profileId>00e2w000003A5qrAAC</profileId><roleId xsi:nil="true"/>"""
            + $"<sessionSecondsValid>{seconds}</sessionSecondsValid>"
            + """<userDefaultCurrencyIsoCode xsi:nil="true"/>"""
            + $"<userEmail>{name}</userEmail><userFullName>{name}</userFullName><userId>{userId}</userId><userLanguage>en_US</userLanguage>"
            + $"<userLocale>en_GB</userLocale><userName>{name}</userName><userTimeZone>Europe/London</userTimeZone>"
            + "<userType>Standard</userType><userUiSkin>Theme3</userUiSkin></userInfo></result></loginResponse>");
    }

    public static Answer Logout(SoapCall call) => Envelope($"""<logoutResponse xmlns="{call.Namespace}"/>""");

    private static Answer Envelope(string body) => Answer.Xml(200,
        """<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" """
        + $"""xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>""");

    private static string Bool(bool value) => value ? "true" : "false";
}
