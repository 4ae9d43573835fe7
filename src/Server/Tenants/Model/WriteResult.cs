namespace GrpcCreds.Server.Tenants.Model;

// The words of the contract that the rules speak, with the contract's numbers: the mapper casts. A test holds the two together.

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
