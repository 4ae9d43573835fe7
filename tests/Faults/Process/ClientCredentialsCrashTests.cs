using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Faults.Process;

/// <summary>
/// kill -9 and lost answers around a renewal with client credentials, on both engines: the next request for a token follows by itself, once for all
/// servers, and nodes keep their session meanwhile.
/// </summary>
public sealed class ClientCredentialsCrashTests : AppCrashTest
{
    [Theory]
    [InlineData(false, HoldPoint.BeforeProcessing)]
    [InlineData(false, HoldPoint.AfterProcessing)]
    [InlineData(true, HoldPoint.BeforeProcessing)]
    [InlineData(true, HoldPoint.AfterProcessing)]
    public async Task After_a_killed_renewal_another_request_brings_the_session(bool onRedis, HoldPoint point)
    {
        await StartAsync(onRedis, servers: 1);
        var service = Services[0];
        long before;
        using (var channel = GrpcChannel.ForAddress(service.Grpc))
        {
            var client = new SyncCredentials.SyncCredentialsClient(channel);
            before = (await client.ActivateClientCredentialsAsync()).Revision;
            await client.GetActiveCredentialAsync(new() { TenantId = "acme" });
            using var hold = Simulator.Hold(Endpoint.Token, point);
            await AdvanceServicesAsync("01:45:00");
            await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken).WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
            await service.KillAsync();
            hold.Release();
        }
        await Waiting.UntilAsync(() => Simulator.Requests().Count(request => request.Path == "/services/oauth2/token") == 2, "the request has ended");
        await service.StartAsync();
        using var again = GrpcChannel.ForAddress(service.Grpc);
        var restarted = new SyncCredentials.SyncCredentialsClient(again);
        await AdvanceServicesAsync("01:45:00");
        Assert.Equal(Availability.Serving, (await restarted.StatusAsync()).Availability);
        await AdvanceServicesAsync("00:01:01");
        await Waiting.UntilAsync(async () => await IsRenewedAsync(restarted, before), "it is renewed");
        Assert.Equal(3, Simulator.Tokens());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_answer_costs_one_more_request_and_no_node_its_session(bool onRedis)
    {
        await StartAsync(onRedis, servers: 1);
        using var channel = GrpcChannel.ForAddress(Services[0].Grpc);
        var client = new SyncCredentials.SyncCredentialsClient(channel);
        var before = (await client.ActivateClientCredentialsAsync()).Revision;
        await client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        Simulator.Fail(Endpoint.Token, Failure.ResetAfterProcessing());
        await AdvanceServicesAsync("01:45:00");
        await Waiting.UntilAsync(async () => (await client.StatusAsync()).ClientCredentials().Current.LastRenewalFailure is not null, "the answer is lost");
        // Not before the clock's leap, which is longer than a stream lives.
        await using var node = await Node.OpenAsync(Services[0].Grpc, "acme");
        await AdvanceServicesAsync("00:01:40");
        await Waiting.UntilAsync(async () => await IsRenewedAsync(client, before), "it is renewed");
        Assert.Equal(3, Simulator.Tokens());
        node.AssertOpenAndOnlyForward();
        Assert.DoesNotContain(node.Told, message => message.Unavailable is not null);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task All_servers_together_make_one_request(int servers)
    {
        await StartAsync(onRedis: true, servers);
        using var channel = GrpcChannel.ForAddress(Services[0].Grpc);
        var client = new SyncCredentials.SyncCredentialsClient(channel);
        var before = (await client.ActivateClientCredentialsAsync()).Revision;
        await client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        await AdvanceServicesAsync("01:45:00");
        await Waiting.UntilAsync(async () => await IsRenewedAsync(client, before), "it is renewed");
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        Assert.Equal(2, Simulator.Tokens());
    }
}
