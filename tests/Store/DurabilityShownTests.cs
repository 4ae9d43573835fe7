using System.Diagnostics.Metrics;
using GrpcCreds.Server.Observability;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>What an acknowledgement means is shown in every status, in health and in a metric.</summary>
public sealed class DurabilityShownTests(SharedSentinel sentinels) : IClassFixture<SharedSentinel>
{
    [Fact]
    public async Task The_embedded_store_is_on_disk()
    {
        await using var service = await Service.StartAsync();
        await ShownAsync(service, Durability.Disk, "disk", "An acknowledged write is on the disk of the store's server.");
    }

    [Fact]
    public async Task A_single_Redis_is_on_disk()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var service = await Service.StartAsync(settings: [$"ConnectionStrings:Redis={redis.ConnectionString}"]);
        await ShownAsync(service, Durability.Disk, "disk", "An acknowledged write is on the disk of the store's server.");
    }

    [Fact]
    public async Task With_Sentinels_it_is_on_every_server()
    {
        await (await sentinels.Topology.ShardAsync()).Primary.AskAsync("FLUSHALL");
        await using var service = await Service.StartAsync(settings: sentinels.Topology.Settings);
        await ShownAsync(service, Durability.Replicas, "replicas", "An acknowledged write is in the memory of all 3 servers");
    }

    [Fact]
    public async Task At_a_provider_it_may_be_lost_which_is_a_warning()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        await using var service = await Service.StartAsync(settings: [$"ConnectionStrings:Redis={redis.ConnectionString}", "Store:Durability=provider"]);
        await ShownAsync(
            service, Durability.Provider, "provider", "An acknowledged write may be lost in a failover at the provider", "STORE_MAY_LOSE_WRITES",
            Warning.StoreMayLoseWrites);
    }

    [Fact]
    public async Task What_is_allowed_to_be_weak_is_a_warning_too()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        await using var service = await Service.StartAsync(settings: [$"ConnectionStrings:Redis={redis.ConnectionString}", "Store:AllowWeakDurability=true"]);
        await ShownAsync(service, Durability.Weak, "weak", "An acknowledged write may be lost, as allowed", "STORE_WEAK", Warning.StoreWeak);
    }

    private static async Task ShownAsync(
        Service service, Durability durability, string name, string meaning, string? health = null, params Warning[] warnings)
    {
        using var metric = new MetricCollector<int>(
            service.Services.GetRequiredService<IMeterFactory>(), ServiceMetrics.MeterName, "grpccreds.store.durability");
        using var http = new HttpClient();
        var text = "";
        await Waiting.UntilAsync(
            async () =>
            {
                using var answer = await http.GetAsync(new Uri(service.Http, "/healthz/ready"));
                text = await answer.Content.ReadAsStringAsync();
                return text.Contains(health ?? meaning, StringComparison.Ordinal);
            },
            $"health shows {health ?? meaning}");
        var status = await service.Client.StatusAsync();
        Assert.Equal(durability, status.Store.Durability);
        Assert.StartsWith(meaning, status.Store.Meaning, StringComparison.Ordinal);
        Assert.Equal(warnings, status.Warnings);
        if (health is null)
            Assert.DoesNotContain("STORE_", text, StringComparison.Ordinal);
        metric.RecordObservableInstruments();
        var point = metric.LastMeasurement!;
        Assert.Equal((1, name), (point.Value, point.Tags["class"]));
    }
}
