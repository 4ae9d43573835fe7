namespace GrpcCreds.SalesforceSimulator;

/// <summary>The connected app that exists from the start, in production and in sandbox. Its secret is public and fake.</summary>
public static class DefaultApps
{
    /// <summary>Its callbacks are those of a service with default ports on this machine.</summary>
    public static ConnectedApp Demo { get; } = new()
    {
        ConsumerKey = "3MVG9demoConsumerKey",
        ConsumerSecret = "demo-consumer-secret",
        CallbackUrls = ["http://localhost:5081/oauth/callback", "http://127.0.0.1:5081/oauth/callback"],
    };
}
