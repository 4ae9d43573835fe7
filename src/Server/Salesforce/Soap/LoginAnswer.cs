namespace GrpcCreds.Server.Salesforce.Soap;

/// <summary>What Salesforce answered to a login.</summary>
internal abstract record LoginAnswer
{
    private LoginAnswer()
    {
    }

    /// <param name="SessionSecondsValid">The session's lifetime, if Salesforce said it.</param>
    public sealed record Success(
        Secret SessionId, string ServerUrl, string OrganizationId, string UserId, bool PasswordExpired, bool Sandbox, int? SessionSecondsValid) : LoginAnswer;

    /// <param name="Code">Salesforce's exceptionCode without prefix, or null if it sent none.</param>
    /// <param name="BlamesRequest">The request itself was not understood.</param>
    /// <param name="RateExceeded">The text says that there were too many logins, whatever the code.</param>
    public sealed record Fault(string? Code, bool BlamesRequest, bool RateExceeded) : LoginAnswer;
}
