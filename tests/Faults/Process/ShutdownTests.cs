using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Process;

[Collection(OneAtATime.Name)]
public sealed class ShutdownTests(ITestOutputHelper output)
{
    private const string Stopping = "Application is shutting down";

    [Fact]
    public async Task A_thousand_streams_are_told_to_come_back_and_the_server_is_gone_in_under_five_seconds()
    {
        using var directory = new TemporaryDirectory();
        await using var simulator = await Simulator.StartAsync();
        await using var service = await ServiceProcess.StartAsync(simulator, directory.Path);
        using var channel = Channel(service);
        var client = new SyncCredentials.SyncCredentialsClient(channel);
        var streams = Enumerable.Range(0, 1000).Select(number => client.WatchActiveCredential(Calls.Watch($"tenant-{number % 10}"))).ToList();
        await Task.WhenAll(streams.Select(stream => stream.ResponseStream.NextAsync(message => message.Synced is not null)));
        var ends = streams.Select(stream => Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.NextAsync(_ => false))).ToList();

        var signalled = Stopwatch.GetTimestamp();
        Assert.Equal(0, await service.StopAsync());
        var took = Stopwatch.GetElapsedTime(signalled);

        output.WriteLine($"stopped after {took.TotalMilliseconds:N0} ms");
        Assert.True(took < TimeSpan.FromSeconds(5), $"it took {took}");
        foreach (var end in await Task.WhenAll(ends))
            end.Is(StatusCode.Unavailable, "SHUTTING_DOWN");
        streams.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task A_node_that_does_not_read_does_not_keep_the_server_from_stopping()
    {
        using var directory = new TemporaryDirectory();
        await using var simulator = await Simulator.StartAsync();
        await using var service = await ServiceProcess.StartAsync(simulator, directory.Path);
        using var channel = Channel(service);
        var client = new SyncCredentials.SyncCredentialsClient(channel);
        using var stuck = client.WatchActiveCredential(StuckNode.Request());
        await stuck.ResponseHeadersAsync.WaitAsync(Waiting.Long);
        using var reading = client.WatchActiveCredential(Calls.Watch());
        await reading.ResponseStream.NextAsync(message => message.Synced is not null);
        var end = Assert.ThrowsAsync<RpcException>(() => reading.ResponseStream.NextAsync(_ => false));

        var signalled = Stopwatch.GetTimestamp();
        Assert.Equal(0, await service.StopAsync());

        Assert.True(Stopwatch.GetElapsedTime(signalled) < TimeSpan.FromSeconds(5), $"it took {Stopwatch.GetElapsedTime(signalled)}");
        (await end).Is(StatusCode.Unavailable, "SHUTTING_DOWN");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_login_that_is_on_its_way_is_finished_and_kept(bool callerHasGone)
    {
        using var directory = new TemporaryDirectory();
        await using var simulator = await Simulator.StartAsync();
        simulator.AddUser(Calls.User, Calls.Password);
        await using var service = await ServiceProcess.StartAsync(simulator, directory.Path);
        using var channel = Channel(service);
        var client = new SyncCredentials.SyncCredentialsClient(channel);
        using var hold = simulator.Hold(Endpoint.Login, HoldPoint.AfterProcessing);
        using var caller = new CancellationTokenSource();
        var set = client.SetPasswordCredentialAsync(Calls.SetPassword(), cancellationToken: caller.Token);
        await hold.WaitAsync().WaitAsync(Waiting.Long);
        if (callerHasGone)
            await caller.CancelAsync();

        Signals.Send(service.Id, Signals.Terminate);
        await Waiting.UntilAsync(() => service.Output.Any(line => line.Contains(Stopping, StringComparison.Ordinal)), "the server stops");
        hold.Release();

        if (callerHasGone)
            Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => set.ResponseAsync)).StatusCode);
        else
            Assert.Equal(WriteResult.Activated, (await set).Result);
        Assert.Equal(0, await service.ExitedAsync());
        await service.StartAsync();
        Assert.Equal(Availability.Serving, (await client.StatusAsync()).Availability);
        Assert.Equal(1, simulator.Logins(Calls.User).Accepted);
    }

    [Fact]
    public async Task A_refresh_token_that_Salesforce_sends_while_the_server_stops_is_kept()
    {
        using var directory = new TemporaryDirectory();
        await using var simulator = await Simulator.StartAsync(new SimulatorOptions { AutoApprove = true, SessionSecondsValid = 900 });
        simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true });
        await using var service = await ServiceProcess.StartAsync(simulator, directory.Path, ["Clock:Adjustable=true", .. OAuthAdministration.Settings]);
        using var channel = Channel(service);
        var client = new SyncCredentials.SyncCredentialsClient(channel);
        await client.ConnectAsync();
        var (watch, first) = await client.OpenWatchAsync();
        using var _ = watch;
        using var hold = simulator.Hold(Endpoint.Token, HoldPoint.AfterProcessing);
        await service.AdvanceAsync("00:12:30");
        await hold.WaitAsync().WaitAsync(Waiting.Long);

        Signals.Send(service.Id, Signals.Terminate);
        await Waiting.UntilAsync(() => service.Output.Any(line => line.Contains(Stopping, StringComparison.Ordinal)), "the server stops");
        hold.Release();
        Assert.Equal(0, await service.ExitedAsync());

        await service.StartAsync();
        var status = await client.StatusAsync();
        Assert.Equal((Availability.Serving, true), (status.Availability, status.Revision > first.Credential.Revision));
        Assert.Null(status.OAuth().Current.Grant.LastRenewalFailure);
        // The next server can use what was stored.
        await service.AdvanceAsync("00:28:00");
        Assert.NotNull((await client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential);
        Assert.Equal([1, 1, 0], Assert.Single(simulator.Grants()).RefreshTokens.Select(token => token.Refreshes));
    }

    // A connection carries a hundred streams.
    private static GrpcChannel Channel(ServiceProcess service) =>
        GrpcChannel.ForAddress(service.Grpc, new() { HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true } });
}
