namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>What the user of a credential must be able to do with an object or a field, besides seeing it.</summary>
[Flags]
internal enum FieldAccess
{
    Read = 0,
    Create = 1,
    Update = 2,
    Write = Create | Update,
}
