using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Redis;

/// <summary>
/// Many grants due within a second, and three servers that all see them. CI uses 150 tenants; the full size is
/// <c>GRPCCREDS_SCALE_TENANTS=2000 dotnet test tests --filter FullyQualifiedName~RenewalScale</c>; most of its time is setup.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class RenewalScaleTests(ITestOutputHelper output)
{
    private const int Servers = 3;
    private const int PerHost = 4;

    private static readonly int Tenants = int.Parse(Environment.GetEnvironmentVariable("GRPCCREDS_SCALE_TENANTS") ?? "150", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Grants_due_within_a_second_on_three_servers_are_presented_once_each_and_only_so_many_at_once()
    {
        // The simulator's clock does not jump, so its sessions outlive the jump.
        await using var deployment = await RedisDeployment.StartAsync(
            new SimulatorOptions { AutoApprove = true, SessionSecondsValid = 1800 },
            ["Clock:Adjustable=true", $"Salesforce:RenewalsPerHost={PerHost}", .. OAuthAdministration.Settings]);
        deployment.Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true, MaxGrantsPerUser = Tenants });
        var clients = new List<SyncCredentials.SyncCredentialsClient>();
        for (var i = 0; i < Servers; i++)
            clients.Add(deployment.ClientOf(await deployment.AddServiceAsync()));
        var first = await ConnectAllAsync(clients);
        var watches = new List<Grpc.Core.AsyncServerStreamingCall<WatchActiveCredentialResponse>>();
        foreach (var (client, i) in clients.Select((client, i) => (client, i)))
            watches.Add(await WatchAsync(client, first.Where(one => one.Key % Servers == i)));

        var due = Stopwatch.GetTimestamp();
        using (var hold = deployment.Simulator.Hold(Endpoint.Token))
        {
            await deployment.AdvanceAsync("00:24:59");
            await hold.WaitAsync(Servers * PerHost, TestContext.Current.CancellationToken).WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
            // Nothing comes back, and nothing more is sent; the servers answer all the same.
            foreach (var client in clients)
                Assert.Equal(Availability.Serving, (await client.StatusAsync("tenant-0")).Availability);
            Assert.Equal(Servers * PerHost, hold.Reached);
        }
        await Task.WhenAll(watches.Select(
            (watch, i) => RenewedOnceAsync(watch, first.Where(one => one.Key % Servers == i).ToDictionary(one => $"tenant-{one.Key}", one => one.Value))));
        output.WriteLine($"{Tenants} renewals in {Stopwatch.GetElapsedTime(due).TotalSeconds:0.0} s, at most {deployment.Simulator.MostAtOnce()} at once");
        watches.ForEach(watch => watch.Dispose());

        Assert.All(deployment.Simulator.Grants(), grant =>
        {
            Assert.Null(grant.End);
            Assert.Equal([(1, 1), (0, 0)], grant.RefreshTokens.Select(token => (token.Refreshes, token.MaxParallel)));
        });
        Assert.Equal((Tenants, Tenants), (deployment.Simulator.Grants().Count, deployment.Simulator.Refreshes().Count()));
        Assert.Equal(Servers * PerHost, deployment.Simulator.MostAtOnce());
    }

    // Sixteen at a time over all servers.
    private async Task<IReadOnlyDictionary<int, long>> ConnectAllAsync(List<SyncCredentials.SyncCredentialsClient> clients)
    {
        var begun = Stopwatch.GetTimestamp();
        var first = new ConcurrentDictionary<int, long>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, Tenants), options,
            async (i, _) => first[i] = (await clients[i % Servers].ConnectAsync($"tenant-{i}")).Revision);
        output.WriteLine($"{Tenants} tenants set up in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s");
        return first;
    }

    private static async Task<Grpc.Core.AsyncServerStreamingCall<WatchActiveCredentialResponse>> WatchAsync(
        SyncCredentials.SyncCredentialsClient client, IEnumerable<KeyValuePair<int, long>> tenants)
    {
        var request = new WatchActiveCredentialRequest();
        request.Tenants.AddRange(tenants.Select(one => new WatchedTenant { TenantId = $"tenant-{one.Key}", KnownRevision = one.Value }));
        var watch = client.WatchActiveCredential(request);
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        return watch;
    }

    private static async Task RenewedOnceAsync(Grpc.Core.AsyncServerStreamingCall<WatchActiveCredentialResponse> watch, Dictionary<string, long> first)
    {
        for (var renewed = new HashSet<string>(); renewed.Count < first.Count;)
        {
            var credential = (await watch.NextStateAsync()).Credential;
            Assert.True(credential.Revision > first[credential.TenantId]);
            Assert.True(renewed.Add(credential.TenantId), "no grant is renewed twice");
        }
    }
}
