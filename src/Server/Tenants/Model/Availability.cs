namespace GrpcCreds.Server.Tenants.Model;

// The words of the contract that the rules speak, with the contract's numbers: the mapper casts. A test holds the two together.

/// <summary>Whether nodes have something to connect with, and if not, why.</summary>
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
