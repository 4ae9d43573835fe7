namespace GrpcCreds.Server.Tenants.Model;

/// <summary>A claim is a durable promise that only its owner calls Salesforce.</summary>
internal static class Claims
{
    /// <summary>A claim ends after this time, with or without a result: a constant of the protocol, not a setting.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);
}
