using Grpc.Core;
using GrpcCreds.Tests.Support;
using GrpcCreds.Tests.Watch;
using GrpcCreds.V1;
using Xunit;
using static GrpcCreds.Tests.Callers.CallersWorld;

namespace GrpcCreds.Tests.Callers.Rights;

/// <summary>Whose statuses a watch of many tenants shows, also while rights change.</summary>
public sealed class StatusRightsTests : IAsyncLifetime
{
    private CallersWorld? world;

    private CallersWorld World => world!;

    public async ValueTask InitializeAsync()
    {
        world = await StartAsync();
        foreach (var tenant in new[] { "acme", "globex", "initech" })
            await World.As("all-admin").SetActiveModeAsync(new() { TenantId = tenant, Mode = Mode.Off });
    }

    public async ValueTask DisposeAsync() => await World.DisposeAsync();

    [Fact]
    public async Task Among_many_foreign_and_unknown_tenants_are_told_alike()
    {
        using var watch = World.As("viewer").WatchCredentialStatus(new() { TenantIds = { "globex", "acme", "no-such-tenant" } });
        var told = await StatusWatchTests.FirstRoundAsync(watch);
        Assert.Equal(Availability.SwitchedOff, told.Single(status => status.TenantId == "acme").Availability);
        var refused = told.Where(status => status.TenantId != "acme").ToList();
        Assert.Equal(["globex", "no-such-tenant"], refused.Select(status => status.TenantId));
        Assert.Equal(Availability.NotPermitted,
            Assert.Single(refused.Select(status => new CredentialStatus(status) { TenantId = "" }).Distinct()).Availability);
        // Changes to a tenant without a right are not sent.
        await World.As("all-admin").DeletePasswordCredentialAsync(new() { TenantId = "globex" });
        var own = (await World.As("all-admin").DeletePasswordCredentialAsync(new() { TenantId = "acme" })).Status;
        Assert.Equal(own, (await watch.ResponseStream.NextAsync()).Status);
    }

    [Fact]
    public async Task Who_may_see_none_is_refused_whatever_it_names()
    {
        await IsRefusedAsync(World.As("viewer"), new() { TenantIds = { "globex", "ACME" } });
        await IsRefusedAsync(World.As("viewer"), new());
        await IsRefusedAsync(World.As("viewer"), new() { TenantId = "globex", TenantIds = { "acme" } });
        await IsRefusedAsync(World.As("viewer"), new() { TenantId = "globex", AllTenants = true });
        foreach (var role in new[] { "all-admin", "all-node", "all-auditor" })
        {
            await IsRefusedAsync(World.As(role), new() { AllTenants = true });
            await IsRefusedAsync(World.As(role), new() { TenantIds = { "acme" } });
        }
    }

    [Fact]
    public async Task All_tenants_are_those_the_caller_may_see_at_any_moment()
    {
        await World.ReplaceTableAsync([.. World.Callers, Viewer("acme", "later")]);
        using var watch = World.As("v").WatchCredentialStatus(new() { AllTenants = true });
        Assert.Equal("acme", Assert.Single(await StatusWatchTests.FirstRoundAsync(watch)).TenantId);

        // One that is not the caller's does not appear, one that is does.
        await World.As("all-admin").SetActiveModeAsync(new() { TenantId = "foreign", Mode = Mode.Off });
        await World.As("all-admin").SetActiveModeAsync(new() { TenantId = "later", Mode = Mode.Off });
        Assert.Equal("later", (await watch.ResponseStream.NextAsync()).Status.TenantId);

        await World.ReplaceTableAsync([.. World.Callers, Viewer("globex", "later")]);
        var told = new[] { (await watch.ResponseStream.NextAsync()).Status, (await watch.ResponseStream.NextAsync()).Status };
        Assert.Equal([("acme", Availability.NotPermitted), ("globex", Availability.SwitchedOff)],
            told.Select(status => (status.TenantId, status.Availability)).Order());
        Assert.True(told[0] is { Etag: "", Revision: 0, Modes.Count: 0 });

        // Nothing more is sent about a withdrawn tenant, and it is sent again once the right is back.
        await World.As("all-admin").DeletePasswordCredentialAsync(new() { TenantId = "acme" });
        await World.ReplaceTableAsync([.. World.Callers, Viewer("globex", "later", "acme")]);
        Assert.Equal(("acme", Availability.SwitchedOff), ((await watch.ResponseStream.NextAsync()).Status is var back ? back.TenantId : "", back.Availability));

        await World.ReplaceTableAsync([.. World.Callers, new { name = "v", jwt_subjects = new[] { "v" }, grants = new[] { Grant("auditor", "acme") } }]);
        var end = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.NextAsync(_ => false));
        end.Is(StatusCode.PermissionDenied, "NOT_PERMITTED");
    }

    [Fact]
    public async Task A_named_tenant_goes_and_comes_with_its_right_and_with_the_last_one_the_stream_ends()
    {
        await World.ReplaceTableAsync([.. World.Callers, Viewer("acme", "globex")]);
        using var watch = World.As("v").WatchCredentialStatus(new() { TenantIds = { "acme", "globex" } });
        Assert.Equal(2, (await StatusWatchTests.FirstRoundAsync(watch)).Count);
        await World.ReplaceTableAsync([.. World.Callers, Viewer("globex")]);
        Assert.Equal(("acme", Availability.NotPermitted), await NextAsync(watch));
        await World.ReplaceTableAsync([.. World.Callers, Viewer("globex", "acme")]);
        Assert.Equal(("acme", Availability.SwitchedOff), await NextAsync(watch));
        await World.ReplaceTableAsync([.. World.Callers, Viewer("other")]);
        (await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.NextAsync(_ => false))).Is(StatusCode.PermissionDenied, "NOT_PERMITTED");
    }

    [Fact]
    public async Task A_tenant_that_may_not_be_seen_is_not_waited_for()
    {
        using var watch = World.As("viewer").WatchCredentialStatus(new() { TenantIds = { "acme", "globex" }, Until = Until.SetupFinished });
        await StatusWatchTests.FirstRoundAsync(watch);
        Assert.False(await watch.ResponseStream.MoveNext(default));
    }

    private static object Viewer(params string[] tenants) => new { name = "v", jwt_subjects = new[] { "v" }, grants = new[] { Grant("viewer", tenants) } };

    private static async Task<(string, Availability)> NextAsync(AsyncServerStreamingCall<WatchCredentialStatusResponse> watch)
    {
        var status = (await watch.ResponseStream.NextAsync()).Status;
        return (status.TenantId, status.Availability);
    }

    private static async Task IsRefusedAsync(SyncCredentials.SyncCredentialsClient client, WatchCredentialStatusRequest request)
    {
        using var watch = client.WatchCredentialStatus(request);
        (await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(default))).Is(StatusCode.PermissionDenied, "NOT_PERMITTED");
    }
}
