using Google.Protobuf;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Watch;
using GrpcCreds.Tests.Api;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Availability = GrpcCreds.V1.Availability;

namespace GrpcCreds.Tests.Watch;

/// <summary>
/// What a returning node claims to hold, and when the service believes it. A store that was really rolled back:
/// <see cref="Faults.Redis.RollbackTests"/>.
/// </summary>
public sealed class ResumeTests : ServiceTest
{
    private const string Acme = "acme";

    private protected override IEnumerable<string> Settings => ["Clock:Adjustable=true"];

    [Fact]
    public async Task With_its_token_a_lost_revision_has_the_state_committed_again_above_it_and_the_audit_says_who_held_it()
    {
        var status = await Client.ActivateAsync();
        Service.ExpectedErrors = error => error.Id == 200;
        // As a node that was shown more before the store went back.
        var shown = status.Revision + 1_000_000;
        using var watch = Client.WatchActiveCredential(Calls.Watch(known: shown, token: Token(Acme, shown)));
        var told = (await watch.ResponseStream.NextAsync()).Credential;
        Assert.True(told.Revision > shown);
        var after = await Client.StatusAsync();
        Assert.Equal((told.Revision, status.Etag), (after.Revision, after.Etag));

        var entry = (await Client.ListAuditEventsAsync(new() { TenantId = Acme, Method = "ROLLED_BACK" })).Events.Single();
        Assert.Equal("development", entry.Caller);
        Assert.Equal($"development resumed from revision {shown}, which this service had shown, and the store had lost it", entry.Reason);
        Assert.Contains("ROLLED_BACK", await HealthAsync(), StringComparison.Ordinal);

        // Once a minute, whatever proves it: until then the tenant is stale.
        var more = shown + 100_000_000;
        using var again = Client.WatchActiveCredential(Calls.Watch(known: more, token: Token(Acme, more)));
        Assert.NotNull((await again.ResponseStream.NextAsync()).Synced);
        Assert.Equal([Acme], (await again.ResponseStream.NextAsync()).Heartbeat.StaleTenantIds);

        // A day later it is not said any more.
        await Service.AdvanceAsync("1.00:00:01");
        await Waiting.UntilAsync(async () => !(await HealthAsync()).Contains("ROLLED_BACK", StringComparison.Ordinal), "health does not say it for ever");
    }

    [Theory]
    [InlineData("none")]
    [InlineData("garbage")]
    [InlineData("a foreign tenant's")]
    [InlineData("another revision's")]
    [InlineData("too long")]
    [InlineData("cut short")]
    public async Task Without_its_own_token_a_claim_counts_as_none_and_nothing_is_written(string token)
    {
        var status = await Client.ActivateAsync();
        var before = await Seq();
        var claimed = status.Revision + 1_000_000;
        var own = Token(Acme, claimed);
        using var watch = Client.WatchActiveCredential(Calls.Watch(known: claimed, token: token switch
        {
            "none" => ByteString.Empty,
            "garbage" => ByteString.CopyFrom(new byte[16]),
            "a foreign tenant's" => Token("globex", claimed),
            "another revision's" => Token(Acme, status.Revision),
            "too long" => ByteString.CopyFrom([.. own, .. own]),
            _ => ByteString.CopyFrom(own.Span[..15]),
        }));
        Assert.Equal(status.Revision, (await watch.ResponseStream.NextAsync()).Credential.Revision);
        Assert.NotNull((await watch.ResponseStream.NextAsync()).Synced);
        Assert.Empty((await watch.ResponseStream.NextAsync()).Heartbeat.StaleTenantIds);
        await AssertNothingWrittenAsync(before);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(null)]
    public async Task A_revision_that_cannot_be_counts_as_none_whatever_proves_it(long? revision)
    {
        var status = await Client.ActivateAsync();
        var before = await Seq();
        var claimed = revision ?? status.Revision + (25L * 3_600_000_000);
        using var watch = Client.WatchActiveCredential(Calls.Watch(known: claimed, token: Token(Acme, claimed)));
        Assert.Equal(status.Revision, (await watch.ResponseStream.NextAsync()).Credential.Revision);
        await AssertNothingWrittenAsync(before);
    }

    [Fact]
    public async Task Of_a_tenant_that_the_store_does_not_know_nothing_is_written_even_with_a_token()
    {
        var before = await Seq();
        const long Shown = 1_700_000_000_000_000;
        using var watch = Client.WatchActiveCredential(Calls.Watch("gone", Shown, Token("gone", Shown)));
        // The node keeps what it holds and receives that it may not be current.
        Assert.NotNull((await watch.ResponseStream.NextAsync()).Synced);
        Assert.Equal(["gone"], (await watch.ResponseStream.NextAsync()).Heartbeat.StaleTenantIds);
        using var forged = Client.WatchActiveCredential(Calls.Watch("gone", Shown, Token("other", Shown)));
        Assert.Equal(Availability.NotConfigured, (await forged.ResponseStream.NextAsync()).Unavailable.Cause);
        Assert.Equal(before, await Seq());
        Assert.Empty((await Client.ListCredentialStatusesAsync(new())).Statuses);
    }

    [Fact]
    public async Task Every_answer_with_a_revision_has_its_token()
    {
        await Client.ActivateAsync();
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        var told = (await watch.ResponseStream.NextAsync()).Credential;
        Assert.Equal(Token(Acme, told.Revision), told.ResumeToken);
        Assert.Equal(told.ResumeToken, (await Client.GetActiveCredentialAsync(new() { TenantId = Acme })).Credential.ResumeToken);
        await Client.SetActiveModeAsync(new() { TenantId = Acme, Mode = V1.Mode.Off });
        var off = (await watch.ResponseStream.NextAsync(message => message.Unavailable is not null)).Unavailable;
        Assert.Equal(Token(Acme, off.Revision), off.ResumeToken);
        Assert.NotEqual(told.ResumeToken, off.ResumeToken);
        Assert.Empty((await Client.GetActiveCredentialAsync(new() { TenantId = "never" })).Unavailable.ResumeToken);
    }

    [Fact]
    public async Task An_equal_or_older_revision_needs_no_token()
    {
        var status = await Client.ActivateAsync();
        using var same = Client.WatchActiveCredential(Calls.Watch(known: status.Revision));
        Assert.NotNull((await same.ResponseStream.NextAsync()).Synced);
        using var older = Client.WatchActiveCredential(Calls.Watch(known: status.Revision - 1));
        Assert.Equal(status.Revision, (await older.ResponseStream.NextAsync()).Credential.Revision);
    }

    [Fact]
    public void Repairs_are_bounded_for_a_tenant_and_for_a_server()
    {
        var clock = new FakeTimeProvider();
        var limits = new RepairLimits(clock);
        Assert.True(limits.TryBegin(TenantId.Parse("a")));
        Assert.False(limits.TryBegin(TenantId.Parse("a")));
        // A failed attempt may be retried at once, and still counts for the server.
        limits.Failed(TenantId.Parse("a"));
        Assert.True(limits.TryBegin(TenantId.Parse("a")));
        var begun = Enumerable.Range(0, RepairLimits.TenantsPerMinute).Count(number => limits.TryBegin(TenantId.Parse($"t{number}")));
        Assert.Equal(RepairLimits.TenantsPerMinute - 2, begun);
        clock.Advance(TimeSpan.FromSeconds(60));
        Assert.True(limits.TryBegin(TenantId.Parse("a")));
        Assert.True(limits.TryBegin(TenantId.Parse("z")));
    }

    private ByteString Token(string tenant, long revision) =>
        ByteString.CopyFrom(Service.Services.GetRequiredService<ResumeTokens>().Of(TenantId.Parse(tenant), revision));

    private async Task AssertNothingWrittenAsync(long before)
    {
        Assert.Equal(before, await Seq());
        Assert.Empty((await Client.ListAuditEventsAsync(new() { TenantId = Acme, Method = "ROLLED_BACK" })).Events);
        Assert.DoesNotContain("ROLLED_BACK", await HealthAsync(), StringComparison.Ordinal);
    }

    // The demand for a serving tenant is recorded by a separate commit: wait until that is done.
    private async Task<long> Seq()
    {
        if ((await Client.GetActiveCredentialAsync(new() { TenantId = Acme })).Credential is not null)
            await Waiting.UntilAsync(async () => (await Client.ListAuditEventsAsync(new() { TenantId = Acme, Method = "WANTED" })).Events.Count > 0,
                "it is noted that a node wants it");
        return (await Service.Services.GetRequiredService<Server.Store.IStore>().ChangesSinceAsync(0, 0, default)).Seq;
    }

    private async Task<string> HealthAsync()
    {
        using var http = new HttpClient();
        return await (await http.GetAsync(new Uri(Service.Http, "/healthz/ready"))).Content.ReadAsStringAsync();
    }
}
