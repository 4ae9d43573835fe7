using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>A test of a rotation of the key and secret of the app that the simulator has from the start.</summary>
public abstract class SecretRotationTest : ClientCredentialsTest
{
    private protected static string FirstKey => ClientCredentialsAdministration.App.ConsumerKey;

    /// <summary>The key that is the app's primary one at Salesforce.</summary>
    private protected string Key => Simulator.Apps().Single(app => app.ConsumerKey.StartsWith(FirstKey, StringComparison.Ordinal)).ConsumerKey;

    private protected async Task RotateAsync() =>
        Assert.Equal(WriteResult.RotationStarted, (await Client.RotateClientSecretAsync(new() { TenantId = "acme" })).Result);

    private protected async Task<SecretRotation> RotationAsync(string tenant = "acme") =>
        (await Client.StatusAsync(tenant)).ClientCredentials().Current.Rotation;

    private protected async Task<SecretRotation> UntilRotationAsync(Func<SecretRotation, bool> condition, string what)
    {
        SecretRotation? rotation = null;
        await Waiting.UntilAsync(async () => condition(rotation = await RotationAsync()), what);
        return rotation!;
    }

    private protected Task<CredentialStatus> SucceededAsync() =>
        UntilAsync(status => status.ClientCredentials().Current.Rotation?.Outcome == Outcome.Succeeded, "the new set is proven");

    private protected Task AdvanceUntilAsync(Func<bool> condition, TimeSpan by) => AdvanceUntilAsync(() => Task.FromResult(condition()), by);

    private protected async Task AdvanceUntilAsync(Func<Task<bool>> condition, TimeSpan by)
    {
        for (var i = 0; i < 60 && !await condition(); i++)
        {
            Clock.Advance(by);
            await Task.Delay(250, TestContext.Current.CancellationToken);
        }
        Assert.True(await condition());
    }
}
