using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using GrpcCreds.Server.Watch;
using GrpcCreds.Tests.Api;
using GrpcCreds.Tests.Rollout;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GrpcCreds.Tests.Watch;

/// <summary>Statuses of many tenants on one stream. One: <see cref="ActiveWatchTests"/>. Rights: <see cref="Callers.Rights.StatusRightsTests"/>.</summary>
public sealed class StatusWatchTests : ServiceTest
{
    private const int Many = 1_000;

    private protected override IEnumerable<string> Settings => ["Limits:CallsPerSecond=100000", "Limits:CallsPerSecondInAll=100000"];

    private protected override void Configure(IServiceCollection services) =>
        services.AddSingleton(WriteLimits.Default with { Patience = TimeSpan.FromSeconds(3) });

    [Fact]
    public async Task Many_tenants_share_a_stream_and_each_change_is_sent_for_its_own_alone()
    {
        await SwitchOffAsync("one", "two");
        using var watch = Client.WatchCredentialStatus(new() { TenantIds = { "two", "one", "never" } });
        var first = await FirstRoundAsync(watch);
        Assert.Equal([("never", Availability.NotConfigured), ("one", Availability.SwitchedOff), ("two", Availability.SwitchedOff)],
            first.Select(one => (one.TenantId, one.Availability)).Order());
        Assert.Equal(await Client.StatusAsync("one"), first.Single(one => one.TenantId == "one"));

        var two = (await Client.DeletePasswordCredentialAsync(new() { TenantId = "two" })).Status;
        Assert.Equal(two, (await watch.ResponseStream.NextAsync()).Status);
        var never = await SwitchOffAsync("never");
        Assert.Equal(never, (await watch.ResponseStream.NextAsync()).Status);
    }

    [Fact]
    public async Task A_stream_of_all_tenants_shows_those_that_come_later()
    {
        await SwitchOffAsync("one", "two");
        using var watch = Client.WatchCredentialStatus(new() { AllTenants = true });
        Assert.Equal(["one", "two"], (await FirstRoundAsync(watch)).Select(one => one.TenantId));
        // Nobody makes a tenant by looking at one.
        await Client.StatusAsync("looked-at");
        var three = await SwitchOffAsync("three");
        Assert.Equal(three, (await watch.ResponseStream.NextAsync()).Status);
        Assert.Equal((await Client.DeletePasswordCredentialAsync(new() { TenantId = "three" })).Status, (await watch.ResponseStream.NextAsync()).Status);
    }

    [Fact]
    public async Task What_the_nodes_say_comes_too_and_a_stream_of_many_ends_when_all_have_come()
    {
        foreach (var tenant in new[] { "one", "two" })
            await Client.ActivateAsync(tenant);
        using var watch = Client.WatchCredentialStatus(new() { TenantIds = { "one", "two" }, Until = Until.RolledOut });
        await FirstRoundAsync(watch);
        using var one = await ReportingNode.OpenAsync(Client, tenant: "one");
        await one.AppliesAsync();
        await watch.ResponseStream.NextAsync(message => message.Status is { TenantId: "one", Rollout.Outcome: Outcome.Succeeded });
        using var two = await ReportingNode.OpenAsync(Client, tenant: "two");
        await two.AppliesAsync();
        var last = await ToTheEndAsync(watch);
        Assert.Equal(("two", Outcome.Succeeded), (last!.Status.TenantId, last.Status.Rollout.Outcome));
    }

    [Fact]
    public async Task What_has_come_already_ends_the_stream_after_its_first_round()
    {
        await SwitchOffAsync("one");
        using var watch = Client.WatchCredentialStatus(new() { TenantIds = { "one", "never" }, Until = Until.SetupFinished });
        Assert.Equal(2, (await FirstRoundAsync(watch)).Count);
        Assert.False(await watch.ResponseStream.MoveNext(default));
        using var none = Client.WatchCredentialStatus(new() { AllTenants = true, Until = Until.RolledOut });
        Assert.Single(await FirstRoundAsync(none));
        Assert.NotNull((await Client.SetActiveModeAsync(new() { TenantId = "one", Mode = Mode.Off })).Status);
    }

    [Fact]
    public async Task Heartbeats_come_to_who_asks_for_them()
    {
        using var watch = Client.WatchCredentialStatus(new() { AllTenants = true, HeartbeatInterval = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)) });
        Assert.NotNull((await watch.ResponseStream.NextAsync()).Synced);
        var first = (await watch.ResponseStream.NextAsync()).Heartbeat;
        Assert.Empty(first.StaleTenantIds);
        Assert.True((await watch.ResponseStream.NextAsync()).Heartbeat.AsOf.ToDateTime() > first.AsOf.ToDateTime());
    }

    [Fact]
    public async Task A_thousand_tenants_fit_and_one_change_is_one_message()
    {
        var tenants = Enumerable.Range(0, Many).Select(number => $"t{number:0000}").ToList();
        await Parallel.ForEachAsync(tenants.Take(50), async (tenant, _) => await SwitchOffAsync(tenant));
        using var watch = Client.WatchCredentialStatus(new() { TenantIds = { tenants } });
        Assert.Equal(tenants, (await FirstRoundAsync(watch)).Select(one => one.TenantId));
        var changed = await SwitchOffAsync("t0999");
        Assert.Equal(changed, (await watch.ResponseStream.NextAsync()).Status);
        // The next message is of the next change: between the two nothing else was said.
        var next = (await Client.DeletePasswordCredentialAsync(new() { TenantId = "t0007" })).Status;
        Assert.Equal(next, (await watch.ResponseStream.NextAsync()).Status);
    }

    [Fact]
    public async Task A_stream_that_does_not_read_is_cut_and_delays_nobody()
    {
        var request = new WatchCredentialStatusRequest { TenantIds = { Enumerable.Range(0, Many).Select(number => $"{new string('t', 58)}-{number}") } };
        using var deaf = Client.WatchCredentialStatus(request);
        await deaf.ResponseHeadersAsync.WaitAsync(Waiting.Long);
        using var good = Client.WatchCredentialStatus(request);
        await FirstRoundAsync(good);
        Assert.Equal(await SwitchOffAsync(request.TenantIds[5]), (await good.ResponseStream.NextAsync()).Status);
        await Waiting.UntilAsync(() => Service.Logs.GetSnapshot().Any(record => record.Id.Id == 300), "the deaf stream is cut");
        Assert.Equal(await SwitchOffAsync(request.TenantIds[6]), (await good.ResponseStream.NextAsync()).Status);
        await Assert.ThrowsAsync<RpcException>(() => deaf.ResponseStream.NextAsync(_ => false));
    }

    [Fact]
    public async Task A_wrong_request_is_told_every_wrong_field()
    {
        await AssertWrongAsync(new(), "tenant_id");
        await AssertWrongAsync(new() { TenantId = "acme", TenantIds = { "globex" } }, "tenant_id");
        await AssertWrongAsync(new() { TenantId = "acme", AllTenants = true }, "tenant_id");
        await AssertWrongAsync(new() { TenantIds = { "acme" }, AllTenants = true }, "tenant_ids");
        await AssertWrongAsync(new() { TenantIds = { "acme", "Acme", "acme" }, Until = (Until)9 }, "tenant_ids", "tenant_ids[1]", "until");
        await AssertWrongAsync(new() { TenantIds = { Enumerable.Repeat("x", Many + 1) } }, "tenant_ids", "tenant_ids");
        await AssertWrongAsync(new() { AllTenants = true, HeartbeatInterval = Duration.FromTimeSpan(TimeSpan.FromSeconds(4)) }, "heartbeat_interval");
    }

    private async Task AssertWrongAsync(WatchCredentialStatusRequest request, params string[] fields)
    {
        using var watch = Client.WatchCredentialStatus(request);
        var error = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(default));
        Assert.Equal(fields, error.Is(StatusCode.InvalidArgument, "INVALID_FIELDS")
            .GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field).Order());
    }

    private async Task<CredentialStatus> SwitchOffAsync(params string[] tenants)
    {
        var status = new CredentialStatus();
        foreach (var tenant in tenants)
            status = (await Client.SetActiveModeAsync(new() { TenantId = tenant, Mode = Mode.Off })).Status;
        return status;
    }

    internal static async Task<List<CredentialStatus>> FirstRoundAsync(AsyncServerStreamingCall<WatchCredentialStatusResponse> watch)
    {
        var told = new List<CredentialStatus>();
        for (var message = await watch.ResponseStream.NextAsync(); message.Synced is null; message = await watch.ResponseStream.NextAsync())
            told.Add(message.Status);
        return told;
    }

    private static async Task<WatchCredentialStatusResponse?> ToTheEndAsync(AsyncServerStreamingCall<WatchCredentialStatusResponse> watch)
    {
        WatchCredentialStatusResponse? last = null;
        while (await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken).WaitAsync(Waiting.Long))
            last = watch.ResponseStream.Current;
        return last;
    }
}
