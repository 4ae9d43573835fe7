using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Store;
using GrpcCreds.Tests.Callers;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GrpcCreds.Tests.Attacks;

/// <summary>A node with a right on every tenant tries everything to make the service write. Nothing is written, and no other caller is affected.</summary>
public sealed class NodeClaimsTests
{
    private const int Tenants = 1_000;

    [Fact]
    public async Task A_node_of_all_tenants_cannot_make_the_service_write()
    {
        await using var salesforce = await Simulator.StartAsync();
        salesforce.AddUser(Calls.User, Calls.Password);
        await using var world = await CallersWorld.StartAsync(salesforce);
        var status = await world.As("all-admin").ActivateAsync();
        var node = world.As("all-node");
        // One right of its own, and one revision that is past: what a node can really have.
        var present = (await node.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential;
        await world.As("all-admin").SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Off });
        var off = (await node.GetActiveCredentialAsync(new() { TenantId = "acme" })).Unavailable;
        var (seq, audit, health) = (await SeqAsync(world), await AuditAsync(world), await HealthAsync(world));

        var ahead = status.Revision + (long)TimeSpan.FromHours(23.9).TotalMicroseconds;
        for (var round = 0; round < 3; round++)
        {
            var request = new WatchActiveCredentialRequest { NodeId = $"node-{round}" };
            for (var number = 0; number < Tenants - 1; number++)
                request.Tenants.Add(
                    new WatchedTenant { TenantId = $"r{round}-{number}", KnownRevision = ahead - number, ResumeToken = Forged(number, present.ResumeToken) });
            request.Tenants.Add(
                new WatchedTenant { TenantId = "acme", KnownRevision = ahead, ResumeToken = round == 0 ? present.ResumeToken : off.ResumeToken });
            using var watch = node.WatchActiveCredential(request);
            var told = new List<CredentialUnavailable>();
            for (var message = await watch.ResponseStream.NextAsync(); message.Synced is null; message = await watch.ResponseStream.NextAsync())
                told.Add(message.Unavailable);
            // A node that is not believed counts as holding nothing and receives the current state at once.
            Assert.Equal(Tenants, told.Select(none => none.TenantId).Distinct().Count());
            Assert.All(told, none => Assert.Equal(none.TenantId == "acme" ? off.Revision : 0, none.Revision));
            Assert.Empty((await watch.ResponseStream.NextAsync()).Heartbeat.StaleTenantIds);
            await ReportAsync(node, round, ahead);
        }
        await node.GetActiveCredentialAsync(new() { TenantId = "acme", MinRevision = ahead }).FailsAsync(StatusCode.Unavailable, "STORE_BEHIND");
        await node.GetActiveCredentialAsync(new() { TenantId = "never", MinRevision = ahead }).FailsAsync(StatusCode.Unavailable, "STORE_BEHIND");
        // An old revision with its own token: the store has more.
        using var replayed = node.WatchActiveCredential(
            new() { Tenants = { new WatchedTenant { TenantId = "acme", KnownRevision = present.Revision, ResumeToken = present.ResumeToken } } });
        Assert.Equal(off.Revision, (await replayed.ResponseStream.NextAsync()).Unavailable.Revision);

        Assert.Equal((seq, audit, health), (await SeqAsync(world), await AuditAsync(world), await HealthAsync(world)));
        Assert.Equal(["acme"], (await world.As("all-viewer").ListCredentialStatusesAsync(new())).Statuses.Select(one => one.TenantId));
        var stored = await Store(world).NodesSinceAsync(TenantId.Parse("r0-0"), 0, default);
        Assert.Empty(stored.Nodes);
    }

    private static ByteString Forged(int number, ByteString real) => (number % 3) switch
    {
        0 => ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)),
        1 => real,
        _ => ByteString.Empty,
    };

    private static async Task ReportAsync(SyncCredentials.SyncCredentialsClient node, int round, long revision)
    {
        var reports = new ReportCredentialsRequest { NodeId = $"node-{round}" };
        for (var number = 0; number < Tenants; number++)
        {
            reports.Reports.Add(new NodeReport
            {
                TenantId = number == 0 ? "acme" : $"r{round}-{number}",
                Revision = revision,
                Outcome = number % 2 == 0 ? ReportedOutcome.Applied : ReportedOutcome.Rejected,
                FailureClass = number % 2 == 0 ? FailureClass.Unspecified : FailureClass.SessionRefused,
                Leaving = number % 5 == 1,
            });
            if (reports.Reports[^1].Leaving)
                reports.Reports[^1] = new NodeReport { TenantId = reports.Reports[^1].TenantId, Leaving = true };
        }
        Assert.All((await node.ReportCredentialsAsync(reports)).Results, result => Assert.Equal(ReportVerdict.Noted, result.Verdict));
    }

    private static IStore Store(CallersWorld world) => world.Service.Services.GetRequiredService<IStore>();

    private static async Task<long> SeqAsync(CallersWorld world) => (await Store(world).ChangesSinceAsync(0, 0, default)).Seq;

    private static async Task<int> AuditAsync(CallersWorld world) =>
        (await world.As("all-auditor").ListAuditEventsAsync(new() { TenantId = "acme", PageSize = 200 })).Events.Count
        + (await world.As("all-auditor").ListAuditEventsAsync(new() { TenantId = "r0-0", PageSize = 200 })).Events.Count;

    private static async Task<string> HealthAsync(CallersWorld world)
    {
        using var http = new HttpClient(world.Handler());
        return await (await http.GetAsync(new Uri(world.Service.Http, "/healthz/ready"))).Content.ReadAsStringAsync();
    }
}
