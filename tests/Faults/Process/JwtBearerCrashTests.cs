using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Time;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Faults.Process;

/// <summary>
/// kill -9 and lost answers around a set, a renewal and a rotation by JWT bearer, on both engines: no key is lost that an administrator was told of, the next
/// assertion follows by itself, once for all servers, and nodes keep their session meanwhile.
/// </summary>
public sealed class JwtBearerCrashTests : AppCrashTest
{
    private readonly DevelopmentClock clock = new(speed: 1);

    private protected override SimulatorOptions SimulatorOptions => new() { TimeProvider = clock };

    [Theory]
    [InlineData(false, HoldPoint.BeforeProcessing)]
    [InlineData(false, HoldPoint.AfterProcessing)]
    [InlineData(true, HoldPoint.BeforeProcessing)]
    [InlineData(true, HoldPoint.AfterProcessing)]
    public async Task After_a_killed_renewal_another_assertion_brings_the_session(bool onRedis, HoldPoint point)
    {
        await StartAsync(onRedis, servers: 1);
        var service = Services[0];
        long before;
        using (var channel = GrpcChannel.ForAddress(service.Grpc))
        {
            var client = new SyncCredentials.SyncCredentialsClient(channel);
            before = (await client.ActivateJwtBearerAsync(Simulator)).Revision;
            await client.GetActiveCredentialAsync(new() { TenantId = "acme" });
            using var hold = Simulator.Hold(Endpoint.Token, point);
            await AdvanceAsync("01:45:00");
            await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken).WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
            await service.KillAsync();
            hold.Release();
        }
        await Waiting.UntilAsync(() => Simulator.Requests().Count(request => request.Path == "/services/oauth2/token") == 2, "the request has ended");
        await service.StartAsync();
        using var again = GrpcChannel.ForAddress(service.Grpc);
        var restarted = new SyncCredentials.SyncCredentialsClient(again);
        // A process begins at the real time.
        await AdvanceServicesAsync("01:45:00");
        Assert.Equal(Availability.Serving, (await restarted.StatusAsync()).Availability);
        await AdvanceAsync("00:01:01");
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
        var before = (await client.ActivateJwtBearerAsync(Simulator)).Revision;
        // Just before a renewal can be due: no stream lives for longer than half an hour or an hour.
        await AdvanceAsync("01:20:00");
        await using var node = await Node.OpenAsync(Services[0].Grpc, "acme");
        Simulator.Fail(Endpoint.Token, Failure.ResetAfterProcessing());
        await AdvanceAsync("00:25:00");
        await Waiting.UntilAsync(async () => (await client.StatusAsync()).JwtBearer().Current.LastRenewalFailure is not null, "the answer is lost");
        await AdvanceAsync("00:01:40");
        await Waiting.UntilAsync(async () => await IsRenewedAsync(client, before), "it is renewed");
        Assert.Equal(3, Simulator.Tokens());
        node.AssertOpenAndOnlyForward();
        Assert.DoesNotContain(node.Told, message => message.Unavailable is not null);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_that_was_told_survives_and_the_same_request_tells_it_again(bool onRedis)
    {
        await StartAsync(onRedis, servers: 1);
        var request = new SetJwtBearerCredentialRequest(JwtBearerAdministration.Set()) { RequestId = Guid.NewGuid().ToString() };
        SetJwtBearerCredentialResponse told;
        using (var channel = GrpcChannel.ForAddress(Services[0].Grpc))
            told = await new SyncCredentials.SyncCredentialsClient(channel).SetJwtBearerCredentialAsync(request);
        Simulator.UploadCertificate(JwtBearerAdministration.App.ConsumerKey, told.Certificate.Pem);
        await Services[0].KillAsync();
        await Services[0].StartAsync();
        using var again = GrpcChannel.ForAddress(Services[0].Grpc);
        var restarted = new SyncCredentials.SyncCredentialsClient(again);
        var repeated = await restarted.SetJwtBearerCredentialAsync(request);
        Assert.Equal((told.Result, told.Certificate), (repeated.Result, repeated.Certificate));
        Assert.Equal(WriteResult.Activated, (await restarted.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.JwtBearer })).Result);
    }

    [Theory]
    [InlineData(false, HoldPoint.BeforeProcessing)]
    [InlineData(false, HoldPoint.AfterProcessing)]
    [InlineData(true, HoldPoint.BeforeProcessing)]
    [InlineData(true, HoldPoint.AfterProcessing)]
    public async Task A_killed_rotation_leaves_the_old_key_in_force_and_the_new_one_waiting(bool onRedis, HoldPoint point)
    {
        await StartAsync(onRedis, servers: 1);
        Simulator.ChangeApp(JwtBearerAdministration.App.ConsumerKey, app => app with { MaxCertificates = 2 });
        CredentialStatus before;
        using (var channel = GrpcChannel.ForAddress(Services[0].Grpc))
        {
            var client = new SyncCredentials.SyncCredentialsClient(channel);
            await client.ActivateJwtBearerAsync(Simulator);
            before = (await client.StageJwtBearerAsync(Simulator, new() { TenantId = "acme", NewKey = true })).Status;
            using var hold = Simulator.Hold(Endpoint.Token, point);
            var rotation = client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.JwtBearer }).ResponseAsync;
            await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken).WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
            await Services[0].KillAsync();
            hold.Release();
            await Assert.ThrowsAsync<RpcException>(() => rotation);
        }
        await Services[0].StartAsync();
        using var again = GrpcChannel.ForAddress(Services[0].Grpc);
        var restarted = new SyncCredentials.SyncCredentialsClient(again);
        var after = await restarted.StatusAsync();
        Assert.Equal((Availability.Serving, before.Revision), (after.Availability, after.Revision));
        Assert.Equal(
            (before.JwtBearer().Current.Certificate, before.JwtBearer().Candidate.Certificate),
            (after.JwtBearer().Current.Certificate, after.JwtBearer().Candidate.Certificate));
        // The claim of the killed test ends.
        await AdvanceAsync("00:01:01");
        await Waiting.UntilAsync(
            async () => (await restarted.StatusAsync()).JwtBearer().Candidate.LastTest is { Outcome: Outcome.Failed }, "the test has ended");
        var rotated = await restarted.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.JwtBearer });
        Assert.Equal(
            (WriteResult.Activated, before.JwtBearer().Candidate.Certificate), (rotated.Result, rotated.Status.JwtBearer().Current.Certificate));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task All_servers_together_make_one_request(int servers)
    {
        await StartAsync(onRedis: true, servers);
        using var channel = GrpcChannel.ForAddress(Services[0].Grpc);
        var client = new SyncCredentials.SyncCredentialsClient(channel);
        var before = (await client.ActivateJwtBearerAsync(Simulator)).Revision;
        await client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        await AdvanceAsync("01:45:00");
        await Waiting.UntilAsync(async () => await IsRenewedAsync(client, before), "it is renewed");
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        Assert.Equal(2, Simulator.Tokens());
    }

    private Task AdvanceAsync(string by)
    {
        clock.Advance(TimeSpan.Parse(by, CultureInfo.InvariantCulture));
        return AdvanceServicesAsync(by);
    }
}
