namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>A field that the user of a credential must see, and what the user must be able to do with it.</summary>
internal sealed record RequiredField(string Name, FieldAccess Access);
