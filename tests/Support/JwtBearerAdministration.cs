using GrpcCreds.SalesforceSimulator;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Support;

/// <summary>Short forms of the calls for JWT bearer, with the app that the simulator has from the start.</summary>
internal static class JwtBearerAdministration
{
    public static ConnectedApp App => DefaultApps.Demo;

    public static SetJwtBearerCredentialRequest Set(string tenant = "acme") =>
        new() { TenantId = tenant, ConsumerKey = App.ConsumerKey, Username = DefaultUsers.Production.Username };

    /// <summary>Saves a credential and uploads its certificate.</summary>
    public static async Task<SetJwtBearerCredentialResponse> StageJwtBearerAsync(
        this SyncCredentials.SyncCredentialsClient client, Simulator simulator, SetJwtBearerCredentialRequest? request = null)
    {
        var set = await client.SetJwtBearerCredentialAsync(request ?? Set());
        Assert.True(set.Result == WriteResult.Staged, set.ToString());
        simulator.UploadCertificate(App.ConsumerKey, set.Certificate.Pem);
        return set;
    }

    /// <summary>Saves a credential, uploads its certificate and puts it in force.</summary>
    public static async Task<CredentialStatus> ActivateJwtBearerAsync(
        this SyncCredentials.SyncCredentialsClient client, Simulator simulator, SetJwtBearerCredentialRequest? request = null)
    {
        var staged = await client.StageJwtBearerAsync(simulator, request);
        var active = await client.SetActiveModeAsync(new() { TenantId = staged.Status.TenantId, Mode = Mode.JwtBearer });
        Assert.True(active.Result == WriteResult.Activated, active.ToString());
        return active.Status;
    }

    public static ModeStatus JwtBearer(this CredentialStatus status) => status.Modes.Single(mode => mode.Mode == Mode.JwtBearer);
}
