namespace GrpcCreds.Server.Tenants.Model;

/// <summary>An org and a user in it, 18 characters each.</summary>
internal sealed record SalesforceIdentity(string OrgId, string UserId)
{
    public override string ToString() => $"org {OrgId}, user {UserId}";
}
