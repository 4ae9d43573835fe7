namespace GrpcCreds.Server.Tenants.Model;

// The contract's words as the rules use them, with the contract's numbers: the mapper casts. A test keeps the two in step.

/// <summary>Whether nodes have a credential to connect with, and if not, why.</summary>
internal enum Availability
{
    Serving = 1,
    NotConfigured = 2,
    SetupRequired = 3,
    ReauthorizationRequired = 4,
    Suspended = 5,
    SwitchedOff = 6,
    Deleted = 7,
    NotPermitted = 8,
    Unreadable = 9,
}
