using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>
/// The meaning of Salesforce's exception codes for a tenant's administrator: the kind of failure and what to do. Each code means for certain that no session
/// was issued, except UNKNOWN_EXCEPTION, which leaves the outcome open.
/// </summary>
internal static class ExceptionCodes
{
    public const string ExpiredPassword = "INVALID_OPERATION_WITH_EXPIRED_PASSWORD";

    /// <summary>The start of every LOGIN_REFUSED advice; details from Salesforce follow it.</summary>
    public const string RefusedAdvice =
        "Check username, password, security token and Use Sandbox; the user may also be locked. Salesforce does not say which.";

    public const string ThrottledAdvice = "Salesforce limits the calls of this user or org; try again in 15 minutes.";

    public const string UnavailableAdvice = "Salesforce cannot serve this org now; try again in a few minutes.";

    private const string UnknownAdvice =
        "Salesforce refuses this user for a reason that this service does not know: look up the code with the org's administrator.";

    /// <summary>
    /// The failure for the code of a login. The code itself is included only if it has the form of one: other text from Salesforce must not be shown.
    /// </summary>
    public static Failure OfLogin(string code, DateTimeOffset now) => Failure(code, Meaning(code), now);

    /// <summary>The failure for a code of the REST API: the session existed, so the advice does not mention the login that created it.</summary>
    public static Failure OfApi(string code, bool byPassword, DateTimeOffset now) => Failure(code, ApiMeaning(code, byPassword), now);

    private static Failure Failure(string code, (FailureClass Class, string Advice) meaning, DateTimeOffset now) =>
        new(meaning.Class, Shown(code), meaning.Advice, now);

    /// <summary>The code if it has the form of one, else null.</summary>
    public static string? Shown(string code) => IsCode(code) ? code : null;

    /// <summary>Whether a text has the form of an exception code: unlike OAuth error codes and unlike tokens, these are all upper case.</summary>
    public static bool IsCode(string text) =>
        text.Length is >= 3 and <= 80 && text.All(c => c is (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_');

    private static (FailureClass Class, string Advice) Meaning(string code) => code switch
    {
        "INVALID_LOGIN" or "PASSWORD_LOCKOUT" => (FailureClass.LoginRefused, RefusedAdvice),
        "LOGIN_MUST_USE_SECURITY_TOKEN" =>
            Refused("From this network a security token is required: reset it in the user's Salesforce settings and save it here with the password."),
        ExpiredPassword => Refused("The password has expired: set a new one in Salesforce and save it here with its new security token."),
        "LOGIN_CHALLENGE_ISSUED" or "LOGIN_CHALLENGE_PENDING" =>
            NotPermitted("Salesforce requires this user's identity to be verified: follow its e-mail to the user, "
                + "or add this service's addresses to the trusted IP ranges."),
        "LOGIN_DURING_RESTRICTED_DOMAIN" =>
            NotPermitted("The user's profile does not allow logins from this service's network: add its addresses to the login IP ranges."),
        "LOGIN_DURING_RESTRICTED_TIME" =>
            NotPermitted("The user's profile does not allow logins at this time: widen the profile's login hours."),
        "INVALID_OPERATION" =>
            NotPermitted("SOAP API login() is disabled in the org: enable it in Setup, User Interface, or connect this tenant with OAuth."),
        "INSUFFICIENT_ACCESS" => NotPermitted("Give the user the permission Use Any API Auth in Salesforce, or connect this tenant with OAuth."),
        "API_DISABLED_FOR_ORG" or "API_CURRENTLY_DISABLED" =>
            NotPermitted("Give the user the permission API Enabled in Salesforce, and make sure that the org's edition includes the API."),
        "CLIENT_NOT_ACCESSIBLE_FOR_USER" => NotPermitted("The org allows API access to selected clients only: allow this client for the user in Salesforce."),
        "FUNCTIONALITY_NOT_ENABLED" => NotPermitted("This API feature is not enabled in the org: ask its Salesforce administrator to enable it."),
        "ORG_LOCKED" => NotPermitted("The org is locked: its Salesforce administrator must resolve this with Salesforce."),
        "TRIAL_EXPIRED" => NotPermitted("The org's trial has expired: get a license for it, or use another org for this tenant."),
        "INACTIVE_OWNER_OR_USER" => NotPermitted("The user is inactive: activate it in Salesforce or save another user here."),
        "MUTUAL_AUTHENTICATION_FAILED" =>
            NotPermitted("The org requires a client certificate, which this service does not send: remove the requirement from the user's profile."),
        "ORG_IN_MAINTENANCE" or "SERVER_UNAVAILABLE" or "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE" or "SSO_SERVICE_DOWN" or "REQUEST_RUNNING_TOO_LONG" =>
            (FailureClass.Unavailable, UnavailableAdvice),
        "REQUEST_LIMIT_EXCEEDED" or "LIMIT_EXCEEDED" => (FailureClass.Throttled, ThrottledAdvice),
        "UNSUPPORTED_API_VERSION" =>
            Configuration("Salesforce does not support the API version of this service (64.0): update the service, or connect this tenant with OAuth."),
        "XML_PARSER_ERROR" or "INVALID_SOAP_HEADER" or "INVALID_AUTH_HEADER" =>
            Configuration("Salesforce does not understand this service's request: report the code to the service's operator."),
        "URL_NOT_RESET" =>
            Configuration("Salesforce does not accept API calls at this host: test again, "
                + "and report the code to the service's operator if the error persists."),
        "UNKNOWN_EXCEPTION" =>
            (FailureClass.OutcomeUnknown,
                "Salesforce failed while processing the request; try again in a few minutes, and contact Salesforce if the error persists."),
        _ => NotPermitted(UnknownAdvice),
    };

    // Codes that mean something else in a REST answer, or whose advice mentions a password where there is none. All other codes mean the same everywhere.
    private static (FailureClass Class, string Advice) ApiMeaning(string code, bool byPassword) => code switch
    {
        ExpiredPassword when !byPassword => NotPermitted(
            "The user's own sign-in at Salesforce has expired, and Salesforce refuses API access until it is renewed: "
            + "sign in as this user in a browser and follow "
            + "Salesforce's instructions. You do not have to save anything here."),
        ExpiredPassword => NotPermitted(
            "The user's password has expired, and Salesforce refuses API access with any of the user's sessions until a new password is set there."),
        "INVALID_LOGIN" or "PASSWORD_LOCKOUT" or "LOGIN_MUST_USE_SECURITY_TOKEN" or "INVALID_OPERATION" => NotPermitted(UnknownAdvice),
        "INSUFFICIENT_ACCESS" => NotPermitted("Give the user the permission API Enabled in Salesforce."),
        "UNSUPPORTED_API_VERSION" =>
            Configuration("Salesforce does not support the API version of this service (64.0): ask the service's operator to update the service."),
        "UNKNOWN_EXCEPTION" => (FailureClass.Unavailable, UnavailableAdvice),
        _ => Meaning(code),
    };

    private static (FailureClass Class, string Advice) Refused(string more) => (FailureClass.LoginRefused, RefusedAdvice + " " + more);

    private static (FailureClass Class, string Advice) NotPermitted(string advice) => (FailureClass.NotPermitted, advice);

    private static (FailureClass Class, string Advice) Configuration(string advice) => (FailureClass.ServiceConfiguration, advice);
}
