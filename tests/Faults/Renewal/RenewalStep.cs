namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>The step of a renewal at which its owner is killed or stopped.</summary>
public enum RenewalStep
{
    /// <summary>The claim is sent to the store and does not arrive.</summary>
    ClaimNotCommitted,

    /// <summary>The claim is durable, and its owner does not know yet.</summary>
    ClaimCommitted,

    /// <summary>The request has left, and Salesforce never works on it.</summary>
    RequestLost,

    /// <summary>The request has left, and Salesforce works on it after its owner is gone.</summary>
    RequestSent,

    /// <summary>Salesforce has worked on it, and has not answered.</summary>
    RequestProcessed,

    /// <summary>The answer has come, and its commit does not arrive.</summary>
    AnswerNotCommitted,

    /// <summary>The answer is durable, and its owner does not know yet.</summary>
    AnswerCommitted,

    /// <summary>All is done.</summary>
    Done,
}
