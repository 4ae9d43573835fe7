using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>
/// What Salesforce's exception codes mean for a tenant's administrator: what kind of trouble it is, and what to do. A code says so clearly
/// that no session was given; only UNKNOWN_EXCEPTION leaves open what happened.
/// </summary>
internal static class ExceptionCodes
{
    public const string ExpiredPassword = "INVALID_OPERATION_WITH_EXPIRED_PASSWORD";

    /// <summary>Every LOGIN_REFUSED begins with this; where Salesforce tells more, that follows.</summary>
    public const string RefusedAdvice =
        "Check username, password, security token and Use Sandbox; the user may be locked, Salesforce does not tell which.";

    public const string ThrottledAdvice = "Salesforce asks for fewer calls of this user or org; try again in 15 minutes.";

    public const string UnavailableAdvice = "Salesforce cannot serve this org now; try again in some minutes.";

    private const string UnknownAdvice =
        "Salesforce does not let this user in, for a reason new to this service: look the code up with the org's administrator.";

    /// <summary>The failure a code of a login stands for. The code itself is passed on only if it looks like one: whatever else Salesforce wrote is not ours to show.</summary>
    public static Failure OfLogin(string code, DateTimeOffset now) => Failure(code, Meaning(code), now);

    /// <summary>The failure a code of the REST API stands for: the session was there, so nothing is said of the login that gave it.</summary>
    public static Failure OfApi(string code, Mode mode, DateTimeOffset now) => Failure(code, ApiMeaning(code, mode), now);

    private static Failure Failure(string code, (FailureClass Class, string Advice) meaning, DateTimeOffset now) =>
        new(meaning.Class, Shown(code), meaning.Advice, now);

    /// <summary>The code if it may be shown, as far as its form says.</summary>
    public static string? Shown(string code) => IsCode(code) ? code : null;

    /// <summary>Whether a text is one of Salesforce's exception codes: unlike the words of OAuth these are all in capitals, which tokens are not.</summary>
    public static bool IsCode(string text) =>
        text.Length is >= 3 and <= 80 && text.All(c => c is (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_');

    private static (FailureClass Class, string Advice) Meaning(string code) => code switch
    {
        "INVALID_LOGIN" or "PASSWORD_LOCKOUT" => (FailureClass.LoginRefused, RefusedAdvice),
        "LOGIN_MUST_USE_SECURITY_TOKEN" =>
            Refused("From this network a security token is needed: reset it in the user's Salesforce settings and save it here with the password."),
        ExpiredPassword => Refused("The password has expired: set a new one in Salesforce and save it here with its new security token."),
        "LOGIN_CHALLENGE_ISSUED" or "LOGIN_CHALLENGE_PENDING" =>
            NotPermitted("Salesforce wants this user's identity verified: follow its e-mail to the user, or add this service's addresses to the trusted IP ranges."),
        "LOGIN_DURING_RESTRICTED_DOMAIN" =>
            NotPermitted("The user's profile does not allow logins from this service's network: add its addresses to the login IP ranges."),
        "LOGIN_DURING_RESTRICTED_TIME" =>
            NotPermitted("The user's profile does not allow logins at this time: widen the profile's login hours."),
        "INVALID_OPERATION" =>
            NotPermitted("The org has SOAP API login() switched off: switch it on in Setup, User Interface, or connect this tenant with OAuth."),
        "INSUFFICIENT_ACCESS" => NotPermitted("Give the user the permission Use Any API Auth in Salesforce, or connect this tenant with OAuth."),
        "API_DISABLED_FOR_ORG" or "API_CURRENTLY_DISABLED" =>
            NotPermitted("Give the user the permission API Enabled in Salesforce, and make sure that the org's edition includes the API."),
        "CLIENT_NOT_ACCESSIBLE_FOR_USER" => NotPermitted("The org allows API access to chosen clients only: allow this one for the user in Salesforce."),
        "FUNCTIONALITY_NOT_ENABLED" => NotPermitted("The org does not have this function of the API: ask its Salesforce administrator to enable it."),
        "ORG_LOCKED" => NotPermitted("The org is locked: its Salesforce administrator has to settle this with Salesforce."),
        "TRIAL_EXPIRED" => NotPermitted("The org's trial has expired: it needs a licence, or this tenant another org."),
        "INACTIVE_OWNER_OR_USER" => NotPermitted("The user is inactive: activate it in Salesforce or save another one here."),
        "MUTUAL_AUTHENTICATION_FAILED" =>
            NotPermitted("The org wants a client certificate, which this service does not present: take the requirement from the user's profile."),
        "ORG_IN_MAINTENANCE" or "SERVER_UNAVAILABLE" or "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE" or "SSO_SERVICE_DOWN" or "REQUEST_RUNNING_TOO_LONG" =>
            (FailureClass.Unavailable, UnavailableAdvice),
        "REQUEST_LIMIT_EXCEEDED" or "LIMIT_EXCEEDED" => (FailureClass.Throttled, ThrottledAdvice),
        "UNSUPPORTED_API_VERSION" =>
            Configuration("Salesforce does not serve the API version that this service speaks (64.0): update the service, or connect this tenant with OAuth."),
        "XML_PARSER_ERROR" or "INVALID_SOAP_HEADER" or "INVALID_AUTH_HEADER" =>
            Configuration("Salesforce does not understand this service: report the code to its operator."),
        "URL_NOT_RESET" =>
            Configuration("Salesforce does not take API calls at this host: test again, and report the code to the service's operator if it stays."),
        "UNKNOWN_EXCEPTION" =>
            (FailureClass.OutcomeUnknown, "Salesforce failed while it worked on this; try again in some minutes, and ask Salesforce if it stays."),
        _ => NotPermitted(UnknownAdvice),
    };

    // What a code means that is another one's business here, or speaks of a password where there is none. All else means the same everywhere.
    private static (FailureClass Class, string Advice) ApiMeaning(string code, Mode mode) => code switch
    {
        ExpiredPassword when mode == Mode.Oauth => NotPermitted(
            "The user's own sign-in at Salesforce has expired, and until it is renewed Salesforce refuses the API: sign in as this user in a browser and follow "
            + "what Salesforce asks for. Nothing has to be saved here."),
        ExpiredPassword => NotPermitted("The user's password has expired, and Salesforce lets none of the user's sessions use the API until a new one is set there."),
        "INVALID_LOGIN" or "PASSWORD_LOCKOUT" or "LOGIN_MUST_USE_SECURITY_TOKEN" or "INVALID_OPERATION" => NotPermitted(UnknownAdvice),
        "INSUFFICIENT_ACCESS" => NotPermitted("Give the user the permission API Enabled in Salesforce."),
        "UNSUPPORTED_API_VERSION" =>
            Configuration("Salesforce does not serve the API version that this service speaks (64.0): ask the service's operator for an update of the service."),
        "UNKNOWN_EXCEPTION" => (FailureClass.Unavailable, UnavailableAdvice),
        _ => Meaning(code),
    };

    private static (FailureClass Class, string Advice) Refused(string more) => (FailureClass.LoginRefused, RefusedAdvice + " " + more);

    private static (FailureClass Class, string Advice) NotPermitted(string advice) => (FailureClass.NotPermitted, advice);

    private static (FailureClass Class, string Advice) Configuration(string advice) => (FailureClass.ServiceConfiguration, advice);
}
