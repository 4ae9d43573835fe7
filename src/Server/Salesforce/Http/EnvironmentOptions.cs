namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>Where one of Salesforce's two environments is.</summary>
internal sealed class EnvironmentOptions
{
    /// <summary>Base of what the service itself calls: login, token, revoke. Plain http only for a simulator.</summary>
    public required Uri ApiBaseUrl { get; set; }

    /// <summary>Base of the page on which a person signs in, as a browser knows it; where a simulator runs in a container the two differ. By default the other one.</summary>
    public Uri? AuthorizeBaseUrl { get; set; }
}
