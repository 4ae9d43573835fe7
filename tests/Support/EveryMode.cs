using GrpcCreds.SalesforceSimulator;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Support;

/// <summary>For tests of what holds in every mode.</summary>
internal static class EveryMode
{
    public static readonly IReadOnlyList<Mode> All = [Mode.Password, Mode.Oauth, Mode.ClientCredentials, Mode.JwtBearer];

    /// <summary>Settings of a service that can use all of them with the simulator.</summary>
    public static string[] Settings(Simulator simulator) => [.. OAuthAdministration.Settings, .. ClientCredentialsAdministration.Settings(simulator)];

    /// <summary>Saves a credential that passes, and puts it in force.</summary>
    public static Task<CredentialStatus> PutInForceAsync(
        this SyncCredentials.SyncCredentialsClient client, Mode mode, Simulator simulator) => mode switch
    {
        Mode.Password => client.ActivateAsync(),
        Mode.Oauth => client.ConnectAsync(),
        Mode.ClientCredentials => client.ActivateClientCredentialsAsync(),
        _ => client.ActivateJwtBearerAsync(simulator),
    };

    public static ModeStatus Of(this CredentialStatus status, Mode mode) => status.Modes.Single(each => each.Mode == mode);

    /// <summary>The users of these credentials.</summary>
    public static void ChangeUsers(this Simulator simulator, Func<SimulatedUser, SimulatedUser> change)
    {
        foreach (var username in new[] { Calls.User, OAuthAdministration.Ann.Username })
            simulator.ChangeUser(username, change);
    }
}
