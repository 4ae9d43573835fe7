namespace GrpcCreds.Server.Tenants.Model;

/// <summary>How a setup ended.</summary>
internal enum SetupEnd
{
    /// <summary>A browser returned with its state; <see cref="TenantRecord.LastSetup"/> shows the result, if it was the last setup.</summary>
    Used = 1,

    /// <summary>No browser returned in time.</summary>
    Expired = 2,

    /// <summary>An administrator's later write replaced it.</summary>
    Superseded = 3,
}
