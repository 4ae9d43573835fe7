namespace GrpcCreds.Server.Tenants.Model;

/// <summary>What a candidate's finished setup does.</summary>
internal enum OnSetup
{
    /// <summary>It remains a candidate, now with a grant.</summary>
    Wait = 1,

    /// <summary>It replaces the current credential; the active mode does not change.</summary>
    Replace = 2,

    /// <summary>It replaces the current credential, and OAuth becomes the active mode.</summary>
    Activate = 3,
}
