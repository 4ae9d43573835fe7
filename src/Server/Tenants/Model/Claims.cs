
namespace GrpcCreds.Server.Tenants.Model;

/// <summary>A claim is a durable word that its owner alone calls Salesforce.</summary>
internal static class Claims
{
    /// <summary>After this a claim ends, with or without a result: a constant of the protocol, not a setting.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);
}
