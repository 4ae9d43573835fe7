using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Audit;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Callers;

/// <summary>Calls that were refused are counted in a list of their own, which only auditors of all tenants see.</summary>
public sealed class RefusalsTests
{
    [Fact]
    public async Task Refused_calls_are_counted_in_a_list_of_their_own_and_in_no_tenants()
    {
        await using var simulator = await Simulator.StartAsync();
        simulator.AddUser(Calls.User, Calls.Password);
        await using var world = await CallersWorld.StartAsync(simulator);
        await world.As("all-admin").ActivateAsync("globex");
        for (var i = 0; i < 40; i++)
            await world.As("node").GetActiveCredentialAsync(new() { TenantId = "globex" }).FailsAsync(StatusCode.PermissionDenied, "NOT_PERMITTED");
        await world.As("node").GetActiveCredentialAsync(new() { TenantId = "my-password-by-mistake" }).FailsAsync(StatusCode.PermissionDenied, "NOT_PERMITTED");
        for (var i = 0; i < 3; i++)
            await world.Nobody.GetCredentialStatusAsync(new() { TenantId = "globex" }).FailsAsync(StatusCode.Unauthenticated, "UNAUTHENTICATED");

        var auditor = world.As("all-auditor");
        List<AuditEvent> events = [];
        await Waiting.UntilAsync(
            async () => (events = [.. (await auditor.ListAuditEventsAsync(new())).Events])
                .SelectMany(told => told.Refusals).Sum(refusal => refusal.Count) >= 44, "all are written");

        Assert.All(events, told => Assert.Equal((AuditKind.Refusal, "", false), (told.Kind, told.TenantId, told.Damaged)));
        var calls = events.SelectMany(told => told.Refusals)
            .GroupBy(refusal => (refusal.Caller, refusal.From, refusal.Method, refusal.Outcome, refusal.TenantId))
            .ToDictionary(alike => alike.Key, alike => alike.Sum(refusal => refusal.Count));
        Assert.Equal(40, calls[("node", "ipv4:127.0.0.1", "GetActiveCredential", "NOT_PERMITTED", "globex")]);
        // An invalid tenant name is only text that a caller sent.
        Assert.Equal(1, calls[("node", "ipv4:127.0.0.1", "GetActiveCredential", "NOT_PERMITTED", "")]);
        Assert.Equal(3, calls[("", "ipv4:127.0.0.1", "GetCredentialStatus", "UNAUTHENTICATED", "")]);
        Assert.Equal(3, calls.Count);
        Assert.Empty((await auditor.ListAuditEventsAsync(new() { TenantId = "globex", Caller = "node" })).Events);
        Assert.Equal(3, world.Service.Logs.GetSnapshot().Where(record => record.Id.Id == 602)
            .Select(record => (record.GetStructuredStateValue("Caller"), record.GetStructuredStateValue("Tenant"))).Distinct().Count());
        Assert.Single((await auditor.ListAuditEventsAsync(new() { Caller = "node", PageSize = 1 })).Events);

        await world.As("auditor").ListAuditEventsAsync(new()).FailsAsync(StatusCode.PermissionDenied, "NOT_PERMITTED");
        Assert.Empty((await world.As("auditor").ListAuditEventsAsync(new() { TenantId = "acme" })).Events);
    }

    [Fact]
    public async Task A_flood_of_refused_calls_costs_one_entry_a_second_at_most_and_is_counted_whole()
    {
        await using var world = await CallersWorld.StartAsync();
        var refusals = (Refusals)world.Service.Services.GetService(typeof(Refusals))!;
        const int Many = 100_000;
        var began = System.Diagnostics.Stopwatch.StartNew();
        Parallel.For(0, Many, i => refusals.Add(new(null, $"ipv4:10.0.{i % 200}.1", "GetActiveCredential", "UNAUTHENTICATED", null)));
        List<AuditEvent> events = [];
        await Waiting.UntilAsync(
            async () => (events = [.. (await world.As("all-auditor").ListAuditEventsAsync(new())).Events])
                .SelectMany(told => told.Refusals).Sum(refusal => refusal.Count) >= Many, "all are written");
        Assert.InRange(events.Count, 1, (int)began.Elapsed.TotalSeconds + 2);
        Assert.All(events, told => Assert.InRange(told.Refusals.Count, 1, Refusals.MaxKinds + 1));
        Assert.Equal(Many, events.SelectMany(told => told.Refusals).Sum(refusal => refusal.Count));
    }
}
