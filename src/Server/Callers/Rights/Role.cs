namespace GrpcCreds.Server.Callers.Rights;

/// <summary>What a caller may do with a tenant. No role allows both changing and receiving credentials.</summary>
internal enum Role
{
    /// <summary>Sets, tests, switches and deletes credentials; sees no secret.</summary>
    Admin = 1,

    /// <summary>Sees everything but secrets.</summary>
    Viewer = 2,

    /// <summary>Receives the credential needed to call Salesforce.</summary>
    Node = 3,

    /// <summary>Reads the audit log.</summary>
    Auditor = 4,
}
