namespace GrpcCreds.Server.Tenants.Model;

// The words of the contract that the rules speak, with the contract's numbers: the mapper casts. A test holds the two together.

/// <summary>How a test or a part of it, a setup or a revocation went.</summary>
internal enum Outcome
{
    Succeeded = 1,
    Failed = 2,
    Pending = 3,
}
