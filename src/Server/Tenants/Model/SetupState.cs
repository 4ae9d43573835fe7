namespace GrpcCreds.Server.Tenants.Model;

/// <summary>The status of the setup a state belongs to.</summary>
internal enum SetupState
{
    /// <summary>The tenant has no such state, or no longer remembers it.</summary>
    Unknown,

    /// <summary>A browser may still return from Salesforce with it.</summary>
    Open,

    /// <summary>A browser returned with it, and the code is being exchanged.</summary>
    Completing,

    /// <summary>It was completed, and <see cref="TenantRecord.LastSetup"/> shows how it ended.</summary>
    Last,

    /// <summary>It was completed, and a later setup has ended since.</summary>
    Used,

    /// <summary>No browser returned in time.</summary>
    Expired,

    /// <summary>An administrator's later write replaced it.</summary>
    Superseded,
}
