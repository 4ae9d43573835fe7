namespace GrpcCreds.Server.Tenants.Model;

// The contract's words as the rules use them, with the contract's numbers: the mapper casts. A test keeps the two in step.

/// <summary>What a write did. Values below 100 are the contract's.</summary>
internal enum WriteResult
{
    Activated = 1,
    WaitingForSetup = 2,
    TestFailed = 3,
    TestUnknown = 4,
    Staged = 5,
    Removed = 6,
    Unchanged = 7,
    RotationStarted = 8,

    /// <summary>A test, a completion or a renewal step has begun; another commit shows how it ended.</summary>
    Pending = 100,

    /// <summary>The test's result was dropped because an administrator changed the credential in the meantime.</summary>
    CandidateChanged = 101,

    /// <summary>A test that puts no credential in force has passed.</summary>
    TestPassed = 103,

    /// <summary>The test was not made because the Salesforce user was tested too often.</summary>
    AccountProtected = 104,

    /// <summary>Not an administrator's write.</summary>
    None = 102,
}
