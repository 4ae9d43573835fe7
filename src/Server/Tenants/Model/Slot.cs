namespace GrpcCreds.Server.Tenants.Model;

// The words of the contract that the rules speak, with the contract's numbers: the mapper casts. A test holds the two together.

/// <summary>Which of a mode's two places a credential stands in.</summary>
internal enum Slot
{
    Current = 1,
    Candidate = 2,
}
