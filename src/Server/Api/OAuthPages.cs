namespace GrpcCreds.Server.Api;

/// <summary>The two pages a person sees on the way to Salesforce and back.</summary>
internal static class OAuthPages
{
    public const string StartPath = "/oauth/start";
    public const string CallbackPath = "/oauth/callback";
}
