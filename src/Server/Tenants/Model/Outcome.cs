namespace GrpcCreds.Server.Tenants.Model;

// The contract's words as the rules use them, with the contract's numbers: the mapper casts. A test keeps the two in step.

/// <summary>The result of a test or a part of it, a setup or a revocation.</summary>
internal enum Outcome
{
    Succeeded = 1,
    Failed = 2,
    Pending = 3,

    /// <summary>Only of a part of a test.</summary>
    NotChecked = 4,
}
