namespace GrpcCreds.Server.Tenants.Model;

// The contract's words as the rules use them, with the contract's numbers: the mapper casts. A test keeps the two in step.

/// <summary>Which of a mode's two slots a credential is in.</summary>
internal enum Slot
{
    Current = 1,
    Candidate = 2,
}
