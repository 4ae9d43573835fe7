using Grpc.Core;
using GrpcCreds.Client;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using static GrpcCreds.Tests.Callers.CallersWorld;

namespace GrpcCreds.Tests.Callers.Rights;

/// <summary>The effect of a changed callers file on streams and on the table.</summary>
public sealed class WithdrawnRightTests : IAsyncLifetime
{
    private CallersWorld? world;

    private CallersWorld World => world!;

    public async ValueTask InitializeAsync() => world = await StartAsync();

    public async ValueTask DisposeAsync() => await World.DisposeAsync();

    [Fact]
    public async Task A_right_that_is_taken_away_and_given_back_is_told_for_its_tenant()
    {
        await World.ReplaceTableAsync([Node("one", "two")]);
        var request = Calls.Watch("one");
        request.Tenants.Add(new WatchedTenant { TenantId = "two" });
        using var watch = World.As("n").WatchActiveCredential(request);
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);

        await World.ReplaceTableAsync([Node("two")]);
        var refused = (await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Unavailable;
        Assert.Equal(("one", Availability.NotPermitted, 0L), (refused.TenantId, refused.Cause, refused.Revision));

        await World.ReplaceTableAsync([Node("one", "two")]);
        var back = (await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Unavailable;
        Assert.Equal(("one", Availability.NotConfigured), (back.TenantId, back.Cause));
    }

    [Fact]
    public async Task With_its_last_tenant_a_stream_ends()
    {
        await World.ReplaceTableAsync([Node("one")]);
        using var watch = World.As("n").WatchActiveCredential(Calls.Watch("one"));
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        await World.ReplaceTableAsync([Node("other")]);
        Assert.Equal(Availability.NotPermitted, (await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Unavailable.Cause);
        (await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.NextAsync(_ => false))).Is(StatusCode.PermissionDenied, "NOT_PERMITTED");
    }

    [Fact]
    public async Task A_caller_that_is_taken_out_holds_nothing_any_more()
    {
        using var watch = World.As("node").WatchActiveCredential(Calls.Watch());
        using var status = World.As("viewer").WatchCredentialStatus(new() { TenantId = Own });
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        await status.ResponseStream.NextAsync();
        await World.ReplaceTableAsync([Node("other")]);
        Assert.Equal(Availability.NotPermitted, (await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Unavailable.Cause);
        (await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.NextAsync(_ => false))).Is(StatusCode.Unauthenticated, "UNAUTHENTICATED");
        (await Assert.ThrowsAsync<RpcException>(() => status.ResponseStream.NextAsync(_ => false))).Is(StatusCode.Unauthenticated, "UNAUTHENTICATED");
    }

    [Fact]
    public async Task A_status_watch_ends_with_its_right()
    {
        using var status = World.As("viewer").WatchCredentialStatus(new() { TenantId = Own });
        await status.ResponseStream.NextAsync();
        await World.ReplaceTableAsync([new { name = "viewer", jwt_subjects = new[] { "viewer" }, grants = new[] { Grant("viewer", "other") } }]);
        (await Assert.ThrowsAsync<RpcException>(() => status.ResponseStream.NextAsync(_ => false))).Is(StatusCode.PermissionDenied, "NOT_PERMITTED");
    }

    [Fact]
    public async Task A_table_that_cannot_be_used_leaves_the_old_one_and_says_so()
    {
        World.Service.ExpectedErrors = error => error.Id == 122;
        foreach (var broken in new[] { "", "{", "{}", "{\"callers\":null}", "{\"callers\":[{}]}", "{\"callers\":[{\"name\":\"x\"}]}" })
        {
            await World.ReplaceAsync("callers.json", broken, "callers");
            Assert.Equal(Availability.NotConfigured, (await World.As("viewer").StatusAsync()).Availability);
            Assert.Contains("RELOAD_FAILED", await HealthAsync(), StringComparison.Ordinal);
        }
        File.Delete(World.File("callers.json"));
        await World.Service.AdvanceAsync("00:00:03");
        await Waiting.UntilAsync(() => World.Service.Logs.GetSnapshot().Any(record => record.Message.Contains("cannot be read", StringComparison.Ordinal)),
            "the log says that the file is gone");
        Assert.Equal(Availability.NotConfigured, (await World.As("viewer").StatusAsync()).Availability);
        await World.ReplaceTableAsync(World.Callers);
        Assert.DoesNotContain("RELOAD_FAILED", await HealthAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_without_callers_takes_the_last_ones_rights_away_and_says_so()
    {
        using var watch = World.As("node").WatchActiveCredential(Calls.Watch());
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        await World.ReplaceTableAsync([]);
        (await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.NextAsync(_ => false))).Is(StatusCode.Unauthenticated, "UNAUTHENTICATED");
        await World.As("viewer").GetCredentialStatusAsync(new() { TenantId = Own }).FailsAsync(StatusCode.Unauthenticated, "UNAUTHENTICATED");
        Assert.Contains("NO_CALLERS", await HealthAsync(), StringComparison.Ordinal);
        Assert.Single(World.Service.Logs.GetSnapshot(), record => record.Id.Id == 127);
        await World.ReplaceTableAsync(World.Callers);
        Assert.Equal(Availability.NotConfigured, (await World.As("viewer").StatusAsync()).Availability);
        Assert.DoesNotContain("NO_CALLERS", await HealthAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("callers.json", "callers", UnixFileMode.GroupWrite)]
    [InlineData("callers.json", "callers", UnixFileMode.OtherWrite)]
    [InlineData("ca.pem", "authorities", UnixFileMode.OtherWrite)]
    [InlineData("issuer.pem", "issuer_keys", UnixFileMode.GroupWrite)]
    [InlineData("service.pem", "certificate", UnixFileMode.OtherWrite)]
    [InlineData("service.key", "certificate", UnixFileMode.GroupWrite)]
    [InlineData("service.key", "certificate", UnixFileMode.OtherRead)]
    public async Task A_file_that_others_came_to_hold_is_read_no_more_and_what_it_said_before_stays(string file, string name, UnixFileMode others)
    {
        World.Service.ExpectedErrors = error => error.Id == 122;
        var mode = KeyRings.ModeOf(World.File(file));
        await World.ChangeAsync(() => KeyRings.SetMode(World.File(file), mode | others), name);
        Assert.Contains("written by others", World.Service.Logs.GetSnapshot().Last(record => record.Id.Id == 122).Message, StringComparison.Ordinal);
        Assert.Contains($"RELOAD_FAILED: the last good content remains in force for {name}", await HealthAsync(), StringComparison.Ordinal);
        Assert.Equal(Availability.NotConfigured, (await World.As("viewer").StatusAsync()).Availability);
        await World.ChangeAsync(() => KeyRings.SetMode(World.File(file), mode), name);
        Assert.DoesNotContain("RELOAD_FAILED", await HealthAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_client_fetches_a_fresh_token_and_goes_on()
    {
        var fetched = new List<bool>();
        await using var watch = new CredentialWatch(new()
        {
            Address = World.Service.Grpc,
            CallerHeaders = (refused, _) =>
            {
                fetched.Add(refused);
                // The service's clock has moved on by then.
                var token = World.Issuer.Token("node", ends: DateTimeOffset.UtcNow.AddMinutes(refused ? 40 : 10));
                return ValueTask.FromResult(new Metadata { { "authorization", $"Bearer {token}" } });
            },
            ConfigureHandler = handler => handler.SslOptions = World.Handler().SslOptions,
        });
        var source = watch.For(Own);
        await source.GetAnswerAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Waiting.Long);
        await World.Service.AdvanceAsync("00:10:01");
        await Waiting.UntilAsync(() => World.Service.Logs.GetSnapshot().Count > 0 && fetched.Count == 2, "a fresh token is fetched");
        await Waiting.UntilAsync(() => source.State == SourceState.Live, "the watch goes on");
        Assert.Equal([false, true], fetched);
    }

    [Fact]
    public async Task The_client_shows_a_fresh_certificate_and_goes_on()
    {
        var shown = 0;
        await using var watch = new CredentialWatch(new()
        {
            Address = World.Service.Grpc,
            ConfigureHandler = handler =>
            {
                var minutes = ++shown == 1 ? 10 : 40;
                handler.SslOptions = World.Handler(World.Pki.Leaf(leaf => leaf.NotAfter = DateTimeOffset.UtcNow.AddMinutes(minutes))).SslOptions;
            },
        });
        var source = watch.For(Own);
        await source.GetAnswerAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Waiting.Long);
        await World.Service.AdvanceAsync("00:10:01");
        await Waiting.UntilAsync(() => shown == 2 && source.State == SourceState.Live, "the watch goes on by a new connection");
    }

    private static object Node(params string[] tenants) => new { name = "n", jwt_subjects = new[] { "n" }, grants = new[] { Grant("node", tenants) } };

    private async Task<string> HealthAsync()
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(World.Service.Http, "/healthz/ready"));
    }
}
