namespace GrpcCreds.SalesforceSimulator;

/// <summary>Salesforce's rules for a password with the security token appended, and for a user that may not log in.</summary>
internal static class PasswordRules
{
    /// <summary>The exceptionCode of the refusal, or null. Only INVALID_LOGIN counts towards a lockout.</summary>
    public static string? Check(SimulatedUser user, string passwordAndToken)
    {
        if (!passwordAndToken.StartsWith(user.Password, StringComparison.Ordinal))
            return "INVALID_LOGIN";
        var token = passwordAndToken[user.Password.Length..];
        if (token != user.SecurityToken && user.TokenRequired)
            return "LOGIN_MUST_USE_SECURITY_TOKEN";
        if (token != user.SecurityToken && token is not "")
            return "INVALID_LOGIN";
        return Restriction(user);
    }

    // Returned only with the right password: a caller without it must not learn the state of the user.
    private static string? Restriction(SimulatedUser user) => user switch
    {
        { Inactive: true } => "INACTIVE_OWNER_OR_USER",
        { LoginDisabled: true } => "INVALID_OPERATION",
        { RestrictedIp: true } => "LOGIN_DURING_RESTRICTED_DOMAIN",
        { RestrictedTime: true } => "LOGIN_DURING_RESTRICTED_TIME",
        { ApiDisabled: true } => "API_DISABLED_FOR_ORG",
        _ => null,
    };
}
