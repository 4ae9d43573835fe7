using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Process;

/// <summary>
/// kill -9 at each call of a rotation, before and after Salesforce has processed it, on both engines: the next process, or another server, goes on with it,
/// the app has one set more at no time, and the set in force works at every moment.
/// </summary>
public sealed class SecretRotationCrashTests : AppCrashTest
{
    public static TheoryData<bool, Endpoint, HoldPoint> Kills => new(
        from onRedis in new[] { false, true }
        from endpoint in new[]
        {
            Endpoint.AppUsage, Endpoint.StagedCredentials, Endpoint.StageCredentials, Endpoint.Token, Endpoint.RotateCredentials, Endpoint.DropCredentials,
        }
        from point in Enum.GetValues<HoldPoint>()
        // One engine has all of them.
        where !onRedis || endpoint is Endpoint.StageCredentials or Endpoint.RotateCredentials
        select (onRedis, endpoint, point));

    private static string FirstKey => ClientCredentialsAdministration.App.ConsumerKey;

    [Theory]
    [MemberData(nameof(Kills))]
    public async Task A_killed_rotation_goes_on_and_no_set_is_lost(bool onRedis, Endpoint endpoint, HoldPoint point)
    {
        await StartAsync(onRedis, servers: 1);
        var service = Services[0];
        using (var channel = GrpcChannel.ForAddress(service.Grpc))
        {
            var client = new SyncCredentials.SyncCredentialsClient(channel);
            await client.ActivateClientCredentialsAsync();
            using var hold = Simulator.Hold(endpoint, point);
            await client.RotateClientSecretAsync(new() { TenantId = "acme", Leaked = true });
            await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken).WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
            await service.KillAsync();
            hold.Release();
        }
        await service.StartAsync();
        using var again = GrpcChannel.ForAddress(service.Grpc);
        await UntilDoneAsync(new(again));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Another_server_goes_on_when_one_is_killed_and_all_together_stage_one_set(int servers)
    {
        await StartAsync(onRedis: true, servers);
        using var last = GrpcChannel.ForAddress(Services[^1].Grpc);
        var client = new SyncCredentials.SyncCredentialsClient(last);
        await client.ActivateClientCredentialsAsync();
        using (var hold = Simulator.Hold(Endpoint.RotateCredentials, HoldPoint.AfterProcessing))
        {
            await client.RotateClientSecretAsync(new() { TenantId = "acme", Leaked = true });
            await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken).WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
            // Whichever server holds the claim: all but the last one are killed.
            await Task.WhenAll(Services.SkipLast(1).Select(service => service.KillAsync()));
        }
        Services.RemoveRange(0, servers - 1);
        await UntilDoneAsync(client);
        Assert.Single(Simulator.Requests(), entry => entry is { Method: "POST", Status: 201 });
    }

    private async Task UntilDoneAsync(SyncCredentials.SyncCredentialsClient client)
    {
        await Waiting.UntilAsync(
            async () =>
            {
                // Of a claim whose owner is gone, a server waits for the end.
                await AdvanceServicesAsync("00:00:20");
                var current = (await client.StatusAsync()).ClientCredentials().Current;
                Assert.True(
                    Simulator.Apps().Any(app => app.ConsumerKey == current.ConsumerKey) || Simulator.Staged(FirstOrNow())?.ConsumerKey == current.ConsumerKey,
                    "the set in force works");
                return current.Rotation is { Step: RotationStep.Done, Outcome: Outcome.Succeeded };
            },
            "it is done");
        Assert.NotEqual(FirstKey, FirstOrNow());
        Assert.Null(Simulator.Staged(FirstOrNow()));
        Assert.NotNull((await client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential);
    }

    private string FirstOrNow() => Simulator.Apps().Single(app => app.ConsumerKey.StartsWith(FirstKey, StringComparison.Ordinal)).ConsumerKey;
}
