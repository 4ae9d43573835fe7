namespace GrpcCreds.SalesforceSimulator;

/// <summary>The users that exist from the start, so that the service can be tried without preparation. The passwords are public and fake.</summary>
public static class DefaultUsers
{
    public static SimulatedUser Production { get; } = new()
    {
        Username = "ann@acme.test",
        Password = "demo-password",
        SecurityToken = "DemoToken1",
        TokenRequired = true,
        OrgId = "00Dxx0000001gPLEAY",
        UserId = "005600000045vWeAAI",
    };

    /// <summary>
    /// A sandbox copies its users with their ids, but has its own organization id. This user logs in from trusted addresses and needs no token.
    /// </summary>
    public static SimulatedUser Sandbox { get; } = new()
    {
        Username = "ann@acme.test.uat",
        Password = "demo-password-uat",
        OrgId = "00Dx0000000BV7zEAG",
        UserId = "005600000045vWeAAI",
    };

    internal static SimulatedUser Of(Personality personality) => personality == Personality.Sandbox ? Sandbox : Production;
}
