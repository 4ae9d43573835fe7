namespace GrpcCreds.Server.Tenants.Model;

/// <summary>What a candidate's finished setup does.</summary>
internal enum OnSetup
{
    /// <summary>It stays a candidate, now with a grant.</summary>
    Wait = 1,

    /// <summary>It takes the place of the current credential; which mode is in force stays as it is.</summary>
    Replace = 2,

    /// <summary>It takes the place of the current credential, and OAuth comes in force.</summary>
    Activate = 3,
}
