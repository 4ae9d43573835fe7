using Grpc.Core;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>A service whose operator has given it no connected app.</summary>
public sealed class OAuthNotConfiguredTests : ServiceTest
{
    [Fact]
    public async Task Ids_can_be_saved_and_no_setup_be_started()
    {
        Assert.Equal(WriteResult.WaitingForSetup, (await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth())).Result);
        var refused = await Client.StartOAuthSetupAsync(new() { TenantId = "acme" }).FailsAsync(StatusCode.FailedPrecondition, "OAUTH_NOT_CONFIGURED");
        Assert.Contains("Salesforce:ClientId", refused.Message, StringComparison.Ordinal);
        Assert.Null((await Client.StatusAsync()).OAuth().LastSetup);
    }
}
