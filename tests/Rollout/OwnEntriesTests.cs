using GrpcCreds.Server.Store;
using GrpcCreds.Tests.Api;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GrpcCreds.Tests.Rollout;

/// <summary>What a server has just written comes back from the store without being parsed again, unless somebody else has changed it.</summary>
public sealed class OwnEntriesTests : ServiceTest
{
    private static readonly TenantId Acme = TenantId.Parse("acme");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Damage_to_an_entry_that_this_server_has_just_written_is_found_and_costs_nothing_more(bool isMoved)
    {
        var revision = (await Client.ActivateAsync()).Revision;
        using var one = await ReportingNode.OpenAsync(Client, "one");
        using var two = await ReportingNode.OpenAsync(Client, "two");
        await Waiting.UntilAsync(async () => (await NodesAsync()).Count == 2, "both are known");
        await one.AppliesAsync();
        await two.AppliesAsync();

        var stored = (await Store.NodesSinceAsync(Acme, 0, Token)).Nodes;
        await Store.SetNodesAsync(Acme, [stored[0] with { Value = isMoved ? stored[1].Value : "{" }], [], DateTimeOffset.UtcNow, Token);
        await Waiting.UntilAsync(
            async () =>
            {
                Assert.Equal([revision, revision], (await NodesAsync()).Select(node => node.AppliedRevision));
                return (await ReadinessAsync()).Contains("DAMAGED: nodes of tenant acme", StringComparison.Ordinal);
            },
            "the damage is found");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IStore Store => Service.Services.GetRequiredService<IStore>();

    private async Task<IReadOnlyList<V1.Node>> NodesAsync() => (await Client.ListNodesAsync(new() { TenantId = "acme" })).Nodes;

    private async Task<string> ReadinessAsync()
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(Service.Http, "/healthz/ready"), Token);
    }
}
