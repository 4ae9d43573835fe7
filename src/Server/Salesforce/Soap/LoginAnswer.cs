namespace GrpcCreds.Server.Salesforce.Soap;

/// <summary>Salesforce's answer to a login.</summary>
internal abstract record LoginAnswer
{
    private LoginAnswer()
    {
    }

    /// <param name="SessionSecondsValid">The session's lifetime, if Salesforce reports it.</param>
    public sealed record Success(
        Secret SessionId, string ServerUrl, string OrganizationId, string UserId, bool PasswordExpired, bool Sandbox, int? SessionSecondsValid) : LoginAnswer;

    /// <param name="Code">Salesforce's exceptionCode without its prefix, or null if there was none.</param>
    /// <param name="BlamesRequest">Salesforce did not understand the request itself.</param>
    /// <param name="RateExceeded">The text reports too many logins, whatever the code.</param>
    public sealed record Fault(string? Code, bool BlamesRequest, bool RateExceeded) : LoginAnswer;
}
