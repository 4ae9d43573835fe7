namespace GrpcCreds.SalesforceSimulator;

/// <summary>What Salesforce says to a password with its security token right behind it, and to a user who may not log in.</summary>
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

    // Said only to who knows the password: a stranger must not learn it.
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
