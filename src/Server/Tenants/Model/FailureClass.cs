namespace GrpcCreds.Server.Tenants.Model;

// The contract's words as the rules use them, with the contract's numbers: the mapper casts. A test keeps the two in step.

/// <summary>The kind of a failure.</summary>
internal enum FailureClass
{
    LoginRefused = 1,
    NeedsSetup = 2,
    WrongIdentity = 3,
    NotPermitted = 4,
    Throttled = 5,
    Unavailable = 6,
    ServiceConfiguration = 7,
    OutcomeUnknown = 8,
    SessionRefused = 9,
}
