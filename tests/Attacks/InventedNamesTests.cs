using System.Collections;
using System.Reflection;
using Grpc.Core;
using GrpcCreds.Server;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Tests.Api;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace GrpcCreds.Tests.Attacks;

/// <summary>
/// A caller with every role for every tenant names tenants that do not exist, by every call there is: nothing that the service keeps in memory grows with
/// them. What it keeps is found by walking through all collections that its services hold.
/// </summary>
public sealed class InventedNamesTests : ServiceTest
{
    private const int Names = 300;
    private const int Enough = 50;

    /// <summary>Calls of administrators, which write.</summary>
    private static readonly string[] Writes = ["8", "9", "10", "11", "12", "13"];

    private IServiceCollection services = null!;

    private protected override IEnumerable<string> Settings =>
        ["Limits:CallsPerSecond=1000000", "Limits:CallsPerSecondInAll=1000000", "Salesforce:ClientId=id", "Salesforce:ClientSecret=secret"];

    private protected override void Configure(IServiceCollection services) => this.services = services;

    [Fact]
    public async Task Nothing_grows_with_the_tenants_that_somebody_invents()
    {
        var status = await Client.ActivateAsync();
        await InventAsync("warm-up", 1, status.Revision);
        var before = Census();
        // It does find what grows.
        Assert.Contains(before.Keys, name => name.StartsWith("View.entries", StringComparison.Ordinal));
        Assert.Contains(before.Keys, name => name.StartsWith("NodeRegistry.tenants", StringComparison.Ordinal));
        await InventAsync("invented", Names, status.Revision);
        List<string> grown = ["nothing was looked at"];
        await Waiting.UntilAsync(
            () =>
            {
                // A tenant exists once an administrator writes it: it is in the store and known to every server.
                var written = Service.Services.GetRequiredService<View>().Tenants.Where(
                    tenant => tenant.ToString().StartsWith("invented", StringComparison.Ordinal)).ToList();
                Assert.All(written, tenant => Assert.Contains(tenant.ToString().Split('-')[1], Writes));
                var more = new Dictionary<string, int> { ["View.entries"] = written.Count, ["RevisionAges.sightings"] = written.Count };
                grown = [.. Census().Where(held => held.Value - before.GetValueOrDefault(held.Key) - more.GetValueOrDefault(held.Key) > Enough)
                    .Select(held => $"{held.Key}: {held.Value}")];
                return grown.Count == 0;
            },
            "what was kept for a moment is forgotten",
            TimeSpan.FromSeconds(20)).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Empty(grown);
    }

    private Task InventAsync(string prefix, int names, long revision) => Parallel.ForEachAsync(
        Enumerable.Range(0, names), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, _) => await InventOneAsync(prefix, number, revision));

    private async Task InventOneAsync(string prefix, int number, long revision)
    {
        string Name(int call) => $"{prefix}-{call}-{number}";
        var rejected = new NodeReport { Revision = revision, Outcome = ReportedOutcome.Rejected, FailureClass = V1.FailureClass.SessionRefused };
        NodeReport[] reports =
        [
            new() { TenantId = Name(1), Revision = revision, Outcome = ReportedOutcome.Applied },
            new(rejected) { TenantId = Name(2) }, new() { TenantId = Name(3), Leaving = true },
        ];
        await TryAsync(Client.ReportCredentialsAsync(new() { NodeId = $"node-{number}", InstanceId = Guid.NewGuid().ToString(), Reports = { reports } }));
        await TryAsync(Client.GetCredentialStatusAsync(new() { TenantId = Name(4) }));
        await TryAsync(Client.GetActiveCredentialAsync(new() { TenantId = Name(5) }));
        await TryAsync(Client.ListNodesAsync(new() { TenantId = Name(6) }));
        await TryAsync(Client.ListAuditEventsAsync(new() { TenantId = Name(7), VerifyChain = true }));
        await TryAsync(Client.DiscardCandidateAsync(new() { TenantId = Name(8), Mode = V1.Mode.Password }));
        await TryAsync(Client.SetActiveModeAsync(new() { TenantId = Name(9), Mode = V1.Mode.Password }));
        await TryAsync(Client.TestAccessAsync(new() { TenantId = Name(10), Mode = V1.Mode.Password }));
        await TryAsync(Client.DeletePasswordCredentialAsync(new() { TenantId = Name(11) }));
        await TryAsync(Client.DeleteOAuthAsync(new() { TenantId = Name(12) }));
        await TryAsync(Client.StartOAuthSetupAsync(new() { TenantId = Name(13) }));
        using var active = Client.WatchActiveCredential(new() { NodeId = $"node-{number}", Tenants = { new WatchedTenant { TenantId = Name(14) } } });
        await active.ResponseStream.NextAsync(message => message.Synced is not null);
        using var watched = Client.WatchCredentialStatus(new() { TenantId = Name(15) });
        await watched.ResponseStream.NextAsync();
    }

    private static async Task TryAsync<T>(AsyncUnaryCall<T> call)
    {
        try
        {
            await call;
        }
        catch (RpcException)
        {
            // Refused: that is as good.
        }
    }

    // The number of items that each field of the service's own objects holds, over all objects.
    private Dictionary<string, long> Census()
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var roots = services.Where(service => service.Lifetime == ServiceLifetime.Singleton
            && IsOurs(service.ServiceType) && !service.ServiceType.ContainsGenericParameters)
            .Select(service => Service.Services.GetService(service.ServiceType))
            .Concat(Service.Services.GetServices<IHostedService>().Where(worker => IsOurs(worker.GetType())));
        var ahead = new Stack<object>(roots.OfType<object>());
        while (ahead.TryPop(out var next))
        {
            if (next is string || !seen.Add(next))
                continue;
            for (var type = next.GetType(); type is not null && IsOurs(type); type = type.BaseType)
            {
                foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
                    Look(field.GetValue(next), $"{type.Name}.{field.Name}", counts, ahead);
            }
        }
        return counts;
    }

    private static void Look(object? value, string name, Dictionary<string, long> counts, Stack<object> ahead)
    {
        switch (value)
        {
            case null or string or Task or Delegate or byte[]:
                break;
            case IDictionary map:
                Count(map.Values.Cast<object?>().Concat(map.Keys.Cast<object?>()), map.Count, name, counts, ahead);
                break;
            case IEnumerable many when Size(many) is { } size:
                Count(many.Cast<object?>(), size, name, counts, ahead);
                break;
            case var one when IsOurs(one.GetType()):
                ahead.Push(one);
                break;
        }
    }

    private static void Count(IEnumerable<object?> elements, int size, string name, Dictionary<string, long> counts, Stack<object> ahead)
    {
        counts[name] = counts.GetValueOrDefault(name) + size;
        foreach (var element in elements.ToList())
            Look(element, $"{name}[]", counts, ahead);
    }

    private static int? Size(IEnumerable many) => many.GetType().GetProperty("Count", typeof(int))?.GetValue(many) as int?;

    private static bool IsOurs(Type type) => type.Assembly == typeof(ServiceHost).Assembly;
}
