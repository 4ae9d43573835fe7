using Grpc.Core;
using Grpc.Health.V1;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Callers.Limits;

public sealed class LimitsTests
{
    [Fact]
    public async Task One_callers_calls_are_limited_and_nobody_elses()
    {
        await using var world = await CallersWorld.StartAsync(settings: ["Limits:CallsPerSecond=1"]);
        var viewer = world.As("viewer");
        var refused = await RefusedAsync(() => viewer.GetCredentialStatusAsync(new() { TenantId = CallersWorld.Own }).ResponseAsync);
        Assert.Contains("Limits:CallsPerSecond allows", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Availability.NotConfigured, (await world.As("all-viewer").StatusAsync()).Availability);
    }

    [Fact]
    public async Task All_calls_together_are_limited_and_strangers_use_up_none()
    {
        await using var world = await CallersWorld.StartAsync(settings: ["Limits:CallsPerSecondInAll=1"]);
        for (var stranger = 0; stranger < 20; stranger++)
            await world.Nobody.GetCredentialStatusAsync(new() { TenantId = CallersWorld.Own }).FailsAsync(StatusCode.Unauthenticated, "UNAUTHENTICATED");
        Assert.Equal(Availability.NotConfigured, (await world.As("viewer").StatusAsync()).Availability);
        var callers = 0;
        var refused = await RefusedAsync(() => world.As(callers++ % 2 == 0 ? "viewer" : "all-viewer")
            .GetCredentialStatusAsync(new() { TenantId = CallersWorld.Own }).ResponseAsync);
        Assert.Contains("Limits:CallsPerSecondInAll", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strangers_have_few_streams_and_callers_theirs_all_the_same()
    {
        await using var world = await CallersWorld.StartAsync();
        var health = new Health.HealthClient(world.Invoker());
        var streams = Enumerable.Range(0, 50).Select(_ => health.Watch(new())).ToList();
        await Task.WhenAll(streams.Select(stream => stream.ResponseStream.NextAsync()));
        using var tooMuch = health.Watch(new());
        (await Assert.ThrowsAsync<RpcException>(() => tooMuch.ResponseStream.NextAsync())).Is(StatusCode.ResourceExhausted, "LIMIT_REACHED");
        await health.CheckAsync(new());
        using var caller = world.As("node").WatchActiveCredential(Calls.Watch());
        await caller.ResponseStream.NextAsync();
        streams.ForEach(stream => stream.Dispose());
    }

    [Theory]
    [InlineData("Limits:Streams")]
    [InlineData("Limits:StreamsInAll")]
    [InlineData("Limits:StreamsPerConnection")]
    public async Task A_stream_that_ends_makes_room_for_another(string limit)
    {
        await using var world = await CallersWorld.StartAsync(settings: [$"{limit}=2"]);
        using var kept = world.As("node").WatchActiveCredential(Calls.Watch());
        await kept.ResponseStream.NextAsync();
        using (var gone = world.As(limit.EndsWith("All", StringComparison.Ordinal) ? "all-node" : "node").WatchActiveCredential(Calls.Watch()))
        {
            await gone.ResponseStream.NextAsync();
            using var tooMuch = world.As("node").WatchActiveCredential(Calls.Watch());
            var refused = (await Assert.ThrowsAsync<RpcException>(() => tooMuch.ResponseStream.NextAsync())).Is(StatusCode.ResourceExhausted, "LIMIT_REACHED");
            Assert.Contains($"{limit} allows", refused.Message, StringComparison.Ordinal);
        }
        await Waiting.UntilAsync(async () => await OpensAsync(world), "there is room again");
    }

    [Fact]
    public async Task Writes_to_a_tenant_are_limited_whoever_makes_them()
    {
        await using var world = await CallersWorld.StartAsync(settings: ["Limits:WritesPerTenantAndMinute=3"]);
        var discard = new DiscardCandidateRequest { TenantId = CallersWorld.Own, Mode = Mode.Password };
        for (var write = 0; write < 3; write++)
            Assert.Equal(WriteResult.Unchanged, (await world.As(write == 1 ? "all-admin" : "admin").DiscardCandidateAsync(discard)).Result);
        await world.As("admin").DiscardCandidateAsync(discard).FailsAsync(StatusCode.ResourceExhausted, "LIMIT_REACHED");
        Assert.Equal(WriteResult.Unchanged, (await world.As("all-admin").DiscardCandidateAsync(new(discard) { TenantId = "globex" })).Result);
        Assert.Equal(Availability.NotConfigured, (await world.As("viewer").StatusAsync()).Availability);
    }

    [Fact]
    public async Task Who_may_not_write_uses_up_nobodys_writes()
    {
        await using var world = await CallersWorld.StartAsync(settings: ["Limits:WritesPerTenantAndMinute=1"]);
        var discard = new DiscardCandidateRequest { TenantId = "globex", Mode = Mode.Password };
        for (var write = 0; write < 3; write++)
            await world.As("admin").DiscardCandidateAsync(discard).FailsAsync(StatusCode.PermissionDenied, "NOT_PERMITTED");
        Assert.Equal(WriteResult.Unchanged, (await world.As("all-admin").DiscardCandidateAsync(discard)).Result);
    }

    [Fact]
    public async Task Messages_and_metadata_have_a_size()
    {
        await using var world = await CallersWorld.StartAsync(settings: ["Limits:MessageBytes=131072", "Limits:MetadataBytes=8192"]);
        var large = new WatchActiveCredentialRequest();
        large.Tenants.AddRange(Enumerable.Range(0, 1000)
            .Select(number => new WatchedTenant { TenantId = $"{new string('t', 59)}{number:0000}", KnownRevision = long.MaxValue }));
        using var fits = world.As("all-node").WatchActiveCredential(large);
        Assert.NotNull(await fits.ResponseStream.NextAsync());

        var tooLarge = new GetCredentialStatusRequest { TenantId = new('a', 200_000) };
        Assert.Equal(StatusCode.ResourceExhausted,
            (await Assert.ThrowsAsync<RpcException>(() => world.As("viewer").GetCredentialStatusAsync(tooLarge).ResponseAsync)).StatusCode);
        await Assert.ThrowsAsync<RpcException>(() => world.As("viewer")
            .GetCredentialStatusAsync(new() { TenantId = CallersWorld.Own }, new Metadata { { "x-long", new string('a', 9_000) } }).ResponseAsync);
        Assert.Equal(Availability.NotConfigured, (await world.As("viewer").StatusAsync()).Availability);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(11)]
    [InlineData(15)]
    [InlineData(101)]
    public async Task A_rate_is_what_is_set(int rate)
    {
        using var limits = new Server.Callers.Limits.CallerLimits(
            Microsoft.Extensions.Options.Options.Create(new Server.Callers.Limits.LimitsOptions { CallsPerSecond = rate, CallsPerSecondInAll = 1_000_000 }));
        using var inAll = new Server.Callers.Limits.CallerLimits(
            Microsoft.Extensions.Options.Options.Create(new Server.Callers.Limits.LimitsOptions { CallsPerSecond = 1_000_000, CallsPerSecondInAll = rate }));
        foreach (var limit in new[] { limits, inAll })
        {
            while (limit.Call("caller") is null)
            {
                // First use up the permits that a second or two has gathered.
            }
            var clock = System.Diagnostics.Stopwatch.StartNew();
            var calls = 0;
            while (clock.Elapsed < TimeSpan.FromSeconds(3))
            {
                if (limit.Call("caller") is null)
                    calls++;
                else
                    await Task.Delay(1, TestContext.Current.CancellationToken);
            }
            // A part of a tenth may be over, and a busy machine may come too late to use all.
            Assert.InRange(calls, 1, (int)(rate * clock.Elapsed.TotalSeconds) + (rate + 9) / 10 + 1);
        }
    }

    // As fast as it can, until the limit is reached.
    private static async Task<Google.Rpc.Status> RefusedAsync(Func<Task> call)
    {
        for (var calls = 0; calls < 1000; calls++)
        {
            try
            {
                await call().WaitAsync(Waiting.Long);
            }
            catch (RpcException e)
            {
                return e.Is(StatusCode.ResourceExhausted, "LIMIT_REACHED");
            }
        }
        throw new InvalidOperationException("no limit was reached");
    }

    private static async Task<bool> OpensAsync(CallersWorld world)
    {
        using var watch = world.As("node").WatchActiveCredential(Calls.Watch());
        try
        {
            return await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken).WaitAsync(Waiting.Long);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.ResourceExhausted)
        {
            return false;
        }
    }
}
