using System.Net;
using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Rollout;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Presence = GrpcCreds.V1.Presence;

namespace GrpcCreds.Tests.Faults.Redis;

/// <summary>Two servers on one redis-server whose clocks differ by 25 h: neither considers the other dead, or its work expired.</summary>
[Collection(OneAtATime.Name)]
public sealed class ClocksApartTests : IAsyncLifetime
{
    // Several signs of life of each server, and many looks at what is due.
    private static readonly TimeSpan While = TimeSpan.FromSeconds(13);

    private readonly List<TemporaryDirectory> directories = [];
    private readonly List<ServiceProcess> services = [];
    private readonly List<GrpcChannel> channels = [];
    private DateTime started;
    private RedisServer? redis;
    private Simulator? simulator;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        redis = await RedisServer.StartAsync();
        simulator = await Simulator.StartAsync();
        simulator.AddUser(Calls.User, Calls.Password);
    }

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        foreach (var service in services)
            await service.DisposeAsync();
        if (simulator is not null)
            await simulator.DisposeAsync();
        if (redis is not null)
            await redis.DisposeAsync();
        directories.ForEach(directory => directory.Dispose());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Nodes_and_sessions_of_either_stay_as_they_are(int ahead)
    {
        var (one, two) = (await AddAsync(), await AddAsync());
        await services[ahead].StepAsync("1.01:00:00");
        await one.ActivateAsync();
        using var first = await ReportingNode.OpenAsync(one, "first");
        using var second = await ReportingNode.OpenAsync(two, "second");
        // By the clock that is ahead the session is due, and is renewed once; a report may come after that.
        Assert.True((await first.AppliesAsync()).Verdict is ReportVerdict.Noted or ReportVerdict.Superseded);
        Assert.True((await second.AppliesAsync()).Verdict is ReportVerdict.Noted or ReportVerdict.Superseded);
        var told = Task.WhenAll(EndOfSessionAsync(one), EndOfSessionAsync(two));

        await HoldsAsync(async () =>
        {
            Assert.Equal(2, (int)await redis!.AdminAsync("HLEN", "{gc}:servers"));
            foreach (var client in new[] { one, two })
            {
                var nodes = (await client.ListNodesAsync(new() { TenantId = "acme" })).Nodes;
                Assert.All(nodes, node => Assert.Equal(Presence.Connected, node.Presence));
                // What the other server wrote may have been read a moment before it wrote this.
                Assert.True(
                    nodes.Count(node => node.AppliedRevision > 0) == 2 || DateTime.UtcNow < started + TimeSpan.FromSeconds(5),
                    "both nodes and what they apply are known");
            }
        });
        Assert.False(told.IsCompleted, "a session that lives was taken away");

        // A node's report when it leaves is final, whatever clock it was timed by.
        await first.LeavesAsync();
        await Waiting.UntilAsync(
            async () => (await two.ListNodesAsync(new() { TenantId = "acme" })).Nodes.Select(node => (node.NodeId, node.Presence))
                .SequenceEqual([("first", Presence.Left), ("second", Presence.Connected)]),
            "the other server knows that it has gone");
        var times = (await two.ListNodesAsync(new() { TenantId = "acme" })).Nodes.Select(node => node.ApplyTime.ToDateTimeOffset()).ToList();
        Assert.InRange((times[0] - times[1]).Duration(), TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_test_that_is_under_way_at_one_is_not_ended_by_the_other(int ahead)
    {
        var (one, two) = (await AddAsync(), await AddAsync());
        await services[ahead].StepAsync("1.01:00:00");
        foreach (var (client, tenant) in new[] { (one, "acme"), (two, "globex") })
        {
            var hold = simulator!.Hold(Endpoint.Login, HoldPoint.AfterProcessing);
            var set = client.SetPasswordCredentialAsync(Calls.SetPassword(tenant));
            await hold.WaitAsync().WaitAsync(Waiting.Long, Token);
            // The other looks at what is due every second.
            await Task.Delay(TimeSpan.FromSeconds(4), Token);
            hold.Release();
            Assert.Equal(WriteResult.Activated, (await set).Result);
        }
    }

    [Fact]
    public async Task No_key_takes_over_that_the_other_lacks()
    {
        await AddAsync();
        await AddAsync(key: "second");
        await services[1].StepAsync("1.01:00:00");
        var seen = false;
        await HoldsAsync(async () =>
        {
            Assert.Equal("main", (await redis!.AdminAsync("HGET", "{gc}:meta", "sealing")).ToString());
            Assert.Equal(HttpStatusCode.OK, (await RedisDeployment.ReadinessAsync(services[0])).Status);
            seen |= services[1].Output.Any(line => line.Contains("KEY_NOT_EVERYWHERE", StringComparison.Ordinal));
        });
        Assert.True(seen, "it is said that the key waits");
    }

    // Looks again and again, for a while.
    private async Task HoldsAsync(Func<Task> look)
    {
        started = DateTime.UtcNow;
        while (DateTime.UtcNow < started + While)
        {
            await look();
            await Task.Delay(TimeSpan.FromMilliseconds(200), Token);
        }
    }

    // Ends when a watcher receives that there is no session.
    private static async Task EndOfSessionAsync(SyncCredentials.SyncCredentialsClient client)
    {
        using var watch = client.WatchActiveCredential(Calls.Watch());
        while (await watch.ResponseStream.MoveNext(Token))
        {
            if (watch.ResponseStream.Current.Unavailable is not null)
                return;
        }
    }

    private async Task<SyncCredentials.SyncCredentialsClient> AddAsync(string? key = null)
    {
        var directory = new TemporaryDirectory();
        directories.Add(directory);
        var keys = Path.Combine(directory.Path, "keys");
        Server.Keys.KeyFiles.CreateMissing(keys, "main");
        foreach (var file in directories.Count > 1 ? Directory.GetFiles(Path.Combine(directories[0].Path, "keys")) : [])
            File.Copy(file, Path.Combine(keys, Path.GetFileName(file)), overwrite: true);
        if (key is not null)
            Server.Keys.KeyFiles.CreateMissing(keys, key);
        var service = await ServiceProcess.StartAsync(
            simulator!,
            Path.Combine(directory.Path, "data"),
            [
                $"ConnectionStrings:Redis={redis!.ConnectionString}", "Clock:Adjustable=true", $"Encryption:KeysDirectory={keys}",
                .. key is null ? Array.Empty<string>() : [$"Encryption:WritingKey={key}"],
            ]);
        services.Add(service);
        var channel = GrpcChannel.ForAddress(service.Grpc);
        channels.Add(channel);
        return new(channel);
    }
}
