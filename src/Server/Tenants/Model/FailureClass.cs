namespace GrpcCreds.Server.Tenants.Model;

// The words of the contract that the rules speak, with the contract's numbers: the mapper casts. A test holds the two together.

/// <summary>What kind of refusal or trouble a failure is.</summary>
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
