namespace GrpcCreds.Server.Callers.Rights;

/// <summary>What a caller may be allowed to do with a tenant. No role both changes and receives.</summary>
internal enum Role
{
    /// <summary>Sets, tests, switches and deletes credentials; sees no secret.</summary>
    Admin = 1,

    /// <summary>Sees everything but secrets.</summary>
    Viewer = 2,

    /// <summary>Receives what is needed for a call to Salesforce.</summary>
    Node = 3,

    /// <summary>Reads the audit.</summary>
    Auditor = 4,
}
