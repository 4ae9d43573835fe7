namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>The URLs of one of Salesforce's two environments.</summary>
internal sealed class EnvironmentOptions
{
    /// <summary>The base URL of the calls the service itself makes: login, token, revoke. Plain http only for a simulator.</summary>
    public required Uri ApiBaseUrl { get; set; }

    /// <summary>
    /// The base URL of the sign-in page as a browser reaches it; for a simulator in a container it differs from <see cref="ApiBaseUrl"/>, which is the
    /// default.
    /// </summary>
    public Uri? AuthorizeBaseUrl { get; set; }
}
