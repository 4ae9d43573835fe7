namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>The step of a setup's completion at which its owner is killed or stopped.</summary>
public enum SetupStep
{
    /// <summary>The claim is sent to the store and does not arrive.</summary>
    ClaimNotCommitted,

    /// <summary>The claim is durable, and its owner does not know yet.</summary>
    ClaimCommitted,

    /// <summary>The code has left, and Salesforce never works on it.</summary>
    CodeLost,

    /// <summary>The code has left, and Salesforce works on it after its owner is gone.</summary>
    CodeSent,

    /// <summary>Salesforce has issued the tokens, and has not answered.</summary>
    CodeProcessed,

    /// <summary>The tokens have come, and their user is being asked for.</summary>
    TokenReceived,

    /// <summary>All is well, and the grant's commit does not arrive.</summary>
    GrantNotCommitted,

    /// <summary>The grant is durable, and its owner does not know yet.</summary>
    GrantCommitted,
}
