using GrpcCreds.SalesforceSimulator;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Support;

/// <summary>Short forms of the client credentials calls, with the app that the simulator has from the start.</summary>
internal static class ClientCredentialsAdministration
{
    public const string MyDomain = "acme.my.salesforce.com";
    public const string SandboxMyDomain = "acme--uat.sandbox.my.salesforce.com";

    public static ConnectedApp App => DefaultApps.Demo;

    /// <summary>Settings of a service that finds the simulator at the My Domains.</summary>
    public static string[] Settings(Simulator simulator) =>
        [$"Salesforce:MyDomains:{MyDomain}={simulator.ProductionMyDomain}", $"Salesforce:MyDomains:{SandboxMyDomain}={simulator.SandboxMyDomain}"];

    public static SetClientCredentialsRequest Set(string tenant = "acme") =>
        new() { TenantId = tenant, ConsumerKey = App.ConsumerKey, ConsumerSecret = App.ConsumerSecret, MyDomain = MyDomain };

    /// <summary>Saves credentials that pass.</summary>
    public static async Task<CredentialStatus> ActivateClientCredentialsAsync(this SyncCredentials.SyncCredentialsClient client, string tenant = "acme")
    {
        var set = await client.SetClientCredentialsAsync(Set(tenant));
        Assert.True(set.Result == WriteResult.Activated, set.ToString());
        return set.Status;
    }

    public static ModeStatus ClientCredentials(this CredentialStatus status) => status.Modes.Single(mode => mode.Mode == Mode.ClientCredentials);

    /// <summary>How many tokens the app was given by this flow.</summary>
    public static int Tokens(this Simulator simulator) => simulator.Grants().Count(grant => grant.RefreshTokens.Count == 0);
}
