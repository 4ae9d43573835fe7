using GrpcCreds.Tests.Support;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Api;

/// <summary>A test of JWT bearer, with the app and the clock of <see cref="ClientCredentialsTest"/>.</summary>
public abstract class JwtBearerTest : ClientCredentialsTest
{
    private protected int TokenRequests => Simulator.Requests().Count(request => request.Path == "/services/oauth2/token");

    private protected Task<CredentialStatus> ActivateAsync(SetJwtBearerCredentialRequest? request = null) => Client.ActivateJwtBearerAsync(Simulator, request);

    private protected Task<SetJwtBearerCredentialResponse> StageAsync(SetJwtBearerCredentialRequest? request = null) =>
        Client.StageJwtBearerAsync(Simulator, request);

    private protected async Task<SetActiveModeResponse> PutInForceAsync() =>
        await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.JwtBearer });
}
