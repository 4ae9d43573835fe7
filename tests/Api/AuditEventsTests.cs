using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using GrpcCreds.Server.Audit;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Data.Sqlite;
using Xunit;
using AuditChain = GrpcCreds.V1.AuditChain;

namespace GrpcCreds.Tests.Api;

/// <summary>An auditor reads, filters and verifies events; the log has them too.</summary>
public sealed class AuditEventsTests : ServiceTest
{
    private const string Why = "rotation of November";

    private readonly TemporaryDirectory directory = new();

    private protected override IEnumerable<string> Settings => [$"Store:DataDirectory={directory.Path}", "Store:AuditEntriesPerTenant=20"];

    [Fact]
    public async Task Writes_and_disclosures_are_listed_newest_first_with_who_from_where_why_and_what_came_of_it()
    {
        var request = Calls.SetPassword();
        (request.Reason, request.RequestId) = (Why, Guid.NewGuid().ToString());
        var revision = (await Client.SetPasswordCredentialAsync(request)).Status.Revision;
        Assert.NotNull((await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential);
        await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Off });

        var events = (await ListAsync()).Where(told => told.Method != "WANTED").ToList();
        Assert.Equal([AuditKind.Write, AuditKind.Disclosure, AuditKind.Write, AuditKind.Write], events.Select(told => told.Kind));
        Assert.Equal(["ACTIVATED", "", "ACTIVATED", "PENDING"], events.Select(told => told.Outcome));
        var (disclosure, claim) = (events[1], events[3]);
        var to = Assert.Single(disclosure.Recipients);
        Assert.Equal((revision, "development", "GetActiveCredential", 1), (disclosure.Revision, to.Caller, to.Method, to.Count));
        Assert.StartsWith("ipv4:127.0.0.1:", to.From, StringComparison.Ordinal);
        Assert.Equal((1L, Why, request.RequestId, "SetPasswordCredential", "development"),
            (claim.Number, claim.Reason, claim.RequestId, claim.Method, claim.Caller));
        Assert.Equal((16, 64), (claim.Fingerprint.Length, claim.Hash.Length));
        Assert.DoesNotContain(events, told => told.ToString().Contains(Calls.Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_recorded_is_not_recorded_again_but_counted()
    {
        await Client.ActivateAsync();
        for (var i = 0; i < 3; i++)
            await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        using (var watch = Client.WatchActiveCredential(Calls.Watch()))
            Assert.NotNull((await watch.ResponseStream.NextAsync()).Credential);
        await Client.ActivateAsync();
        await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });

        var disclosures = await ListAsync(new() { Kind = AuditKind.Disclosure });
        Assert.Equal([3L, 0L], disclosures.Select(told => told.Repeats));
    }

    [Fact]
    public async Task Pages_hold_every_entry_once_in_order_and_filters_let_through_what_was_asked_for()
    {
        for (var i = 0; i < 4; i++)
        {
            await Client.ActivateAsync();
            await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        }
        var all = await ListAsync();
        var paged = new List<AuditEvent>();
        var request = new ListAuditEventsRequest { TenantId = "acme", PageSize = 3 };
        do
        {
            var page = await Client.ListAuditEventsAsync(request);
            Assert.InRange(page.Events.Count, 1, 3);
            paged.AddRange(page.Events);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken != "");
        Assert.Equal(all, paged);
        Assert.Equal(all.OrderByDescending(told => told.Time.ToDateTimeOffset()).Select(told => told.Time), all.Select(told => told.Time));

        Assert.Equal(4, (await ListAsync(new() { Kind = AuditKind.Disclosure })).Count);
        Assert.All(await ListAsync(new() { Kind = AuditKind.Write }), told => Assert.Equal(AuditKind.Write, told.Kind));
        Assert.Equal(8, (await ListAsync(new() { Method = "SetPasswordCredential" })).Count);
        Assert.Equal(4, (await ListAsync(new() { Method = "GetActiveCredential", Caller = "development" })).Count);
        Assert.Empty(await ListAsync(new() { Caller = "ann" }));
        var (newest, oldest) = (all[0].Time, all[^1].Time);
        Assert.DoesNotContain(await ListAsync(new() { EndTime = newest }), told => told.Time == newest);
        Assert.Contains(await ListAsync(new() { StartTime = newest }), told => told.Time == newest);
        Assert.Empty(await ListAsync(new() { EndTime = oldest }));
    }

    [Fact]
    public async Task The_bound_lets_the_oldest_go_and_the_chain_stays_intact()
    {
        for (var i = 0; i < 15; i++)
            await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Off, Reason = $"{i}" });
        for (var i = 0; i < 12; i++)
            await Client.SetPasswordCredentialAsync(new(Calls.SetPassword()) { Activation = Activation.Staged });
        var chain = await VerifyAsync();
        Assert.Equal((ChainVerdict.Intact, 20L, 20L), (chain.Verdict, chain.Entries, chain.LastNumber - chain.FirstNumber + 1));
        Assert.True(chain.FirstNumber > 1);
    }

    [Theory]
    [InlineData("UPDATE audit SET sealed = (SELECT sealed FROM audit WHERE tenant = 'acme' AND n = 2) WHERE tenant = 'acme' AND n = 3", 3, "does not open")]
    [InlineData("DELETE FROM audit WHERE tenant = 'acme' AND n = 3", 4, "comes before it")]
    [InlineData("DELETE FROM audit WHERE tenant = 'acme' AND n = 1", 1, "before they were due to be dropped")]
    [InlineData("DELETE FROM audit WHERE tenant = 'acme' AND n = 5", 5, "the newest entry is number 4")]
    [InlineData("DELETE FROM audit WHERE tenant = 'acme'", 5, "gone")]
    [InlineData("UPDATE audit SET n = 100 - n WHERE tenant = 'acme'", 4, "comes before it")]
    [InlineData("UPDATE audit SET sealed = (SELECT sealed FROM audit WHERE tenant = 'globex' AND n = 2) WHERE tenant = 'acme' AND n = 2", 2, "does not open")]
    public async Task What_somebody_did_to_the_entries_is_named(string sql, long number, string finding)
    {
        for (var i = 0; i < 5; i++)
        {
            await Client.SetPasswordCredentialAsync(new(Calls.SetPassword()) { Activation = Activation.Staged });
            await Client.SetPasswordCredentialAsync(new(Calls.SetPassword("globex")) { Activation = Activation.Staged });
        }
        Assert.Equal((ChainVerdict.Intact, 5L), ((await VerifyAsync()).Verdict, (await VerifyAsync()).Entries));
        await ExecuteAsync(sql);
        var chain = await VerifyAsync();
        Assert.Equal((ChainVerdict.Broken, number), (chain.Verdict, chain.BrokenNumber));
        Assert.Contains(finding, chain.Finding, StringComparison.Ordinal);
        // The other tenant's is its own.
        Assert.Equal(ChainVerdict.Intact, (await Client.ListAuditEventsAsync(new() { TenantId = "globex", VerifyChain = true })).Chain.Verdict);
    }

    [Fact]
    public async Task A_damaged_entry_is_shown_whatever_the_filter()
    {
        await Client.ActivateAsync();
        await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        await ExecuteAsync("UPDATE audit SET sealed = x'00' WHERE n = 1; UPDATE journal SET sealed = x'01'");
        var damaged = (await ListAsync(new() { Caller = "nobody", StartTime = DateTimeOffset.UtcNow.AddYears(1).ToTimestamp() })).ToList();
        Assert.Equal([AuditKind.Disclosure, AuditKind.Write], damaged.Select(told => told.Kind).OrderDescending());
        Assert.All(damaged, told => Assert.True(told.Damaged && told.TenantId == "acme"));
    }

    [Fact]
    public async Task Every_wrong_field_of_a_request_is_named()
    {
        var request = new ListAuditEventsRequest
        {
            Kind = AuditKind.Write,
            Caller = "a\nb",
            Method = new string('x', 65),
            StartTime = new Timestamp { Nanos = -1 },
            EndTime = new Timestamp { Seconds = long.MaxValue },
            PageSize = 201,
            PageToken = "1-2-3",
            VerifyChain = true,
        };
        var error = await Client.ListAuditEventsAsync(request).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
        Assert.Equal(
            ["caller", "end_time", "kind", "method", "page_size", "page_token", "start_time", "verify_chain"],
            error.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field).Order());
    }

    [Fact]
    public async Task The_log_has_each_write_and_each_recipient_with_the_fields_that_the_audit_page_names()
    {
        var request = Calls.SetPassword();
        request.Reason = Why;
        await Client.SetPasswordCredentialAsync(request);
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        var revision = (await watch.ResponseStream.NextAsync()).Credential.Revision;

        var lines = Service.Logs.GetSnapshot().Where(record => record.Category == AuditLog.Category).ToList();
        var events = await ListAsync(new() { Kind = AuditKind.Write });
        var writes = lines.Where(line => line.Id.Id == 600 && line.GetStructuredStateValue("Method") != "WANTED").ToList();
        Assert.Equal(["PENDING", "ACTIVATED"], writes.Select(line => line.GetStructuredStateValue("Outcome")));
        Assert.All(writes, line =>
            Assert.Contains(events, told => told.Hash == line.GetStructuredStateValue("Hash") && $"{told.Number}" == line.GetStructuredStateValue("Number")));
        var disclosure = Assert.Single(lines, line => line.Id.Id == 601);
        Assert.Equal(("acme", $"{revision}", "development"),
            (disclosure.GetStructuredStateValue("Tenant"), disclosure.GetStructuredStateValue("Revision"), disclosure.GetStructuredStateValue("Caller")));
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations", "audit.md"), TestContext.Current.CancellationToken);
        Assert.All(
            lines.SelectMany(line => line.StructuredState!.Select(field => field.Key)).Where(field => field != "{OriginalFormat}").Distinct(),
            field => Assert.Contains($"`{field}`", page, StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => JsonSerializer.Serialize(line.StructuredState).Contains(Calls.Password, StringComparison.Ordinal));
    }

    private async Task<IReadOnlyList<AuditEvent>> ListAsync(ListAuditEventsRequest? request = null)
    {
        var page = await Client.ListAuditEventsAsync(new(request ?? new()) { TenantId = "acme", PageSize = 200 });
        Assert.Equal("", page.NextPageToken);
        return page.Events;
    }

    private async Task<AuditChain> VerifyAsync() => (await Client.ListAuditEventsAsync(new() { TenantId = "acme", VerifyChain = true })).Chain;

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(directory.Path, "store.db")};Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
