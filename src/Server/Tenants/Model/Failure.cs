
namespace GrpcCreds.Server.Tenants.Model;

/// <summary>Why something did not work, and what a person should do about it.</summary>
internal sealed record Failure(FailureClass Class, string? SalesforceCode, string Advice, DateTimeOffset Time)
{
    /// <summary>Salesforce did not decide: the same values may pass later.</summary>
    public bool IsUndecided => Class is FailureClass.Throttled or FailureClass.Unavailable or FailureClass.OutcomeUnknown;

    /// <summary>No further login may follow by itself: repeated it would lock the user, or deliver somebody else's session. All else may pass by itself.</summary>
    public bool EndsLogins => Class is FailureClass.LoginRefused or FailureClass.WrongIdentity;
}
