namespace GrpcCreds.Server.Credentials;

// The words of the contract that the rules speak, with the contract's numbers: the mapper casts. A test holds the two together.

/// <summary>How a tenant connects.</summary>
internal enum Mode
{
    Password = 1,
    Oauth = 2,
    Off = 3,
}

/// <summary>Which of a mode's two places a credential stands in.</summary>
internal enum Slot
{
    Current = 1,
    Candidate = 2,
}

/// <summary>How a test or a part of it, a setup or a revocation went.</summary>
internal enum Outcome
{
    Succeeded = 1,
    Failed = 2,
    Pending = 3,
}

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
    Internal = 14,
    Unauthenticated = 30,
    NotPermitted = 31,
    LimitReached = 32,
    IssuerUnavailable = 33,
    MalformedRequest = 34,
    Compressed = 35,
}

/// <summary>What a write did. Those below 100 are the contract's.</summary>
internal enum WriteResult
{
    Activated = 1,
    WaitingForSetup = 2,
    TestFailed = 3,
    TestUnknown = 4,
    Staged = 5,
    Removed = 6,
    Unchanged = 7,

    /// <summary>A test, a completion or a step of upkeep has begun; another commit says how it ended.</summary>
    Pending = 100,

    /// <summary>The test's result was dropped because an administrator changed its ground.</summary>
    CandidateChanged = 101,

    /// <summary>A test that puts nothing in force has passed.</summary>
    TestPassed = 103,

    /// <summary>The test was not made, because the Salesforce user was tested too often.</summary>
    AccountProtected = 104,

    /// <summary>Not an administrator's write.</summary>
    None = 102,
}
