namespace GrpcCreds.Server.Tenants.Model;

// The contract's words as the rules use them, with the contract's numbers: the mapper casts. A test keeps the two in step.

/// <summary>Why a call was refused; an <c>ErrorReason</c> of the contract.</summary>
internal enum Reason
{
    InvalidFields = 1,
    EtagMismatch = 2,
    CandidateChanged = 3,
    TestInProgress = 4,
    Contention = 5,
    NothingToActivate = 6,
    CredentialInUse = 7,
    RequestIdReused = 8,
    StoreUnavailable = 9,
    StoreBehind = 10,
    ShuttingDown = 11,
    StreamExpired = 12,
    Unreadable = 13,
    NothingToTest = 15,
    AccountProtected = 16,
    NothingToSetUp = 17,
    OauthNotConfigured = 18,
    OauthStateInvalid = 19,
    OauthStateExpired = 20,
    OauthStateUsed = 21,
    OauthStateSuperseded = 22,
    StreamReplaced = 23,
    NothingToRotate = 24,
    Internal = 14,
    Unauthenticated = 30,
    NotPermitted = 31,
    LimitReached = 32,
    IssuerUnavailable = 33,
    MalformedRequest = 34,
    Compressed = 35,
}
