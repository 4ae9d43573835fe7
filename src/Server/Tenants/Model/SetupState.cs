namespace GrpcCreds.Server.Tenants.Model;

/// <summary>How the setup stands that a state belongs to.</summary>
internal enum SetupState
{
    /// <summary>This tenant knows no such state, or has forgotten it.</summary>
    Unknown,

    /// <summary>Somebody may come back from Salesforce with it.</summary>
    Open,

    /// <summary>Somebody came back with it, and the code is being exchanged.</summary>
    Completing,

    /// <summary>It was completed, and <see cref="TenantRecord.LastSetup"/> says how that ended.</summary>
    Last,

    /// <summary>It was completed, and a later setup has ended since.</summary>
    Used,

    /// <summary>Nobody came back in time.</summary>
    Expired,

    /// <summary>An administrator's later write took its place.</summary>
    Superseded,
}
