namespace GrpcCreds.Server.Tenants.Model;

/// <summary>Why something did not work, and what a person should do about it.</summary>
internal sealed record Failure(FailureClass Class, string? SalesforceCode, string Advice, DateTimeOffset Time)
{
    /// <summary>Salesforce did not decide: the same values may be accepted later.</summary>
    public bool IsUndecided => Class is FailureClass.Throttled or FailureClass.Unavailable or FailureClass.OutcomeUnknown;

    /// <summary>
    /// No further automatic login is allowed: repeating it would lock the user or deliver another user's session. Every other failure may clear
    /// without intervention.
    /// </summary>
    public bool EndsLogins => Class is FailureClass.LoginRefused or FailureClass.WrongIdentity;
}
