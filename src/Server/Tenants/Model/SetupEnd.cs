namespace GrpcCreds.Server.Tenants.Model;

/// <summary>How a setup came to be over.</summary>
internal enum SetupEnd
{
    /// <summary>Somebody came back with its state; <see cref="TenantRecord.LastSetup"/> says how it went, if it was the last.</summary>
    Used = 1,

    /// <summary>Nobody came back in time.</summary>
    Expired = 2,

    /// <summary>An administrator's later write took its place.</summary>
    Superseded = 3,
}
