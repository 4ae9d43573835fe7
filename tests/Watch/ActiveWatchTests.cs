using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using GrpcCreds.Tests.Api;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Watch;

public sealed class ActiveWatchTests : ServiceTest
{
    [Fact]
    public async Task First_the_present_state_of_every_tenant_then_synced_then_a_heartbeat()
    {
        await Client.ActivateAsync("one");
        await Client.SetActiveModeAsync(new() { TenantId = "two", Mode = Mode.Off });
        var request = Calls.Watch("one");
        request.Tenants.Add(new WatchedTenant { TenantId = "two" });
        request.Tenants.Add(new WatchedTenant { TenantId = "three" });
        using var watch = Client.WatchActiveCredential(request);
        // In no order: a credential comes when it is recorded that it will.
        var states = new List<WatchActiveCredentialResponse>();
        while (states.Count < 3)
            states.Add(await watch.ResponseStream.NextAsync());
        Assert.Equal("one", Assert.Single(states, state => state.Credential is not null).Credential.TenantId);
        Assert.Equal([Availability.SwitchedOff, Availability.NotConfigured],
            states.Select(state => state.Unavailable).OfType<CredentialUnavailable>().Select(none => none.Cause));
        Assert.NotNull((await watch.ResponseStream.NextAsync()).Synced);
        Assert.NotNull((await watch.ResponseStream.NextAsync()).Heartbeat);
    }

    [Fact]
    public async Task Who_holds_the_present_revision_is_sent_nothing_but_what_changes()
    {
        var status = await Client.ActivateAsync();
        using var watch = Client.WatchActiveCredential(Calls.Watch(known: status.Revision));
        Assert.NotNull((await watch.ResponseStream.NextAsync()).Synced);
        var off = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Off });
        var told = await watch.ResponseStream.NextAsync(message => message.Heartbeat is null);
        Assert.Equal((off.Status.Revision, Availability.SwitchedOff), (told.Unavailable.Revision, told.Unavailable.Cause));
    }

    [Fact]
    public async Task What_does_not_change_for_nodes_is_not_sent()
    {
        await Client.ActivateAsync();
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        Assert.Equal(WriteResult.TestFailed, (await Client.SetPasswordCredentialAsync(Calls.SetPassword(password: "wrong"))).Result);
        await Client.DiscardCandidateAsync(new() { TenantId = "acme", Mode = Mode.Password });
        var off = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Off });
        Assert.Equal(off.Status.Revision, (await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Unavailable.Revision);
    }

    [Fact]
    public async Task A_wrong_request_is_told_every_wrong_field()
    {
        var request = new WatchActiveCredentialRequest
        {
            Tenants = { new WatchedTenant { TenantId = "acme" },
                new WatchedTenant { TenantId = "Acme", KnownRevision = -1 }, new WatchedTenant { TenantId = "acme" } },
            NodeId = "a b",
            HeartbeatInterval = Duration.FromTimeSpan(TimeSpan.FromSeconds(4)),
        };
        using var watch = Client.WatchActiveCredential(request);
        var error = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(default));
        var fields = error.Is(StatusCode.InvalidArgument, "INVALID_FIELDS")
            .GetDetail<Google.Rpc.BadRequest>()!.FieldViolations.Select(violation => violation.Field);
        Assert.Equal(["heartbeat_interval", "node_id", "tenants", "tenants[1].known_revision", "tenants[1].tenant_id"], fields.Order());
    }

    [Theory]
    [InlineData(10, -1)]
    [InlineData(10, 1_000_000_000)]
    [InlineData(60, 1)]
    [InlineData(-5, 0)]
    [InlineData(long.MaxValue, 0)]
    public async Task An_interval_that_is_none_is_refused(long seconds, int nanos)
    {
        using var watch = Client.WatchActiveCredential(new(Calls.Watch()) { HeartbeatInterval = new Duration { Seconds = seconds, Nanos = nanos } });
        (await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(default))).Is(StatusCode.InvalidArgument, "INVALID_FIELDS");
    }

    [Fact]
    public async Task Too_many_tenants_are_one_wrong_field()
    {
        var request = new WatchActiveCredentialRequest();
        request.Tenants.AddRange(Enumerable.Repeat(new WatchedTenant(), 1001));
        using var watch = Client.WatchActiveCredential(request);
        var status = (await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(default))).Is(StatusCode.InvalidArgument, "INVALID_FIELDS");
        Assert.All(status.GetDetail<Google.Rpc.BadRequest>()!.FieldViolations, violation => Assert.Equal("tenants", violation.Field));
    }

    [Fact]
    public async Task A_status_watch_sends_every_change_that_a_status_shows()
    {
        using var watch = Client.WatchCredentialStatus(new() { TenantId = "acme" });
        Assert.Equal(Availability.NotConfigured, (await watch.ResponseStream.NextAsync()).Status.Availability);
        var hold = Simulator.Hold(SalesforceSimulator.Endpoint.Login);
        var set = Client.SetPasswordCredentialAsync(Calls.SetPassword());
        Assert.Equal(Outcome.Pending, (await watch.ResponseStream.NextAsync()).Status.Modes[0].Candidate.LastTest.Outcome);
        hold.Release();
        Assert.Equal((await set).Status, (await watch.ResponseStream.NextAsync()).Status);
    }

    [Fact]
    public async Task The_last_of_many_quick_changes_arrives()
    {
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        CredentialStatus last = new();
        for (var i = 0; i < 20; i++)
        {
            Simulator.AddUser($"user{i}@acme.test", Calls.Password);
            await Client.ActivateAsync(user: $"user{i}@acme.test");
            last = (await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Off })).Status;
        }
        var revision = 0L;
        while (revision < last.Revision)
        {
            var message = await watch.ResponseStream.NextAsync(message => message.Heartbeat is null);
            var next = message.Credential?.Revision ?? message.Unavailable.Revision;
            Assert.True(next > revision, "revisions grow");
            revision = next;
        }
        Assert.Equal(last.Revision, revision);
    }
}
