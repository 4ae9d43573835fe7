using System.Globalization;
using GrpcCreds.Tests.Support;

namespace GrpcCreds.Tests.Robustness.Supervisor;

/// <summary>A cluster of three primaries with a replica each.</summary>
internal sealed class ClusterTopology(bool always = false) : Topology(always)
{
    public const int Partitions = 3;

    private const int Shards = 3, Slots = 16_384;

    public override IReadOnlyList<string> Settings =>
        [$"ConnectionStrings:Redis={string.Join(',', Nodes.Take(3).Select(node => node.Host.Address))}", $"Store:Partitions={Partitions}"];

    public override async Task<Shard> ShardAsync(int partition = 0)
    {
        var slot = int.Parse((await AnyUp.AskAsync("CLUSTER", "KEYSLOT", Tag(partition))).Text, CultureInfo.InvariantCulture);
        var view = await ViewAsync(AnyUp);
        var primary = view.Single(member => member.Slots.Any(range => range.From <= slot && slot <= range.To));
        return new(primary.Node, [.. view.Where(member => member.Of == primary.Id).Select(member => member.Node)]);
    }

    /// <summary>Moves the slot of a partition's keys to another primary, as redis-cli does.</summary>
    public async Task MoveAsync(int partition)
    {
        var slot = (await AnyUp.AskAsync("CLUSTER", "KEYSLOT", Tag(partition))).Text;
        var source = (await ShardAsync(partition)).Primary;
        var view = await ViewAsync(source);
        var from = view.Single(member => member.Node == source);
        var to = view.First(member => member.Slots.Count > 0 && member != from);
        await to.Node.AskAsync("CLUSTER", "SETSLOT", slot, "IMPORTING", from.Id);
        await source.AskAsync("CLUSTER", "SETSLOT", slot, "MIGRATING", to.Id);
        while ((await source.AskAsync("CLUSTER", "GETKEYSINSLOT", slot, "10")).Texts.ToArray() is { Length: > 0 } keys)
        {
            await source.AskAsync(
                ["MIGRATE", to.Node.Host.Announced.ToString(), $"{to.Node.Host.Port}", "", "0", "5000", "KEYS", .. keys]);
        }
        foreach (var member in new[] { to, from }.Concat(view.Where(member => member.Of is null)).Distinct())
            await member.Node.AskAsync("CLUSTER", "SETSLOT", slot, "NODE", to.Id);
    }

    protected override async Task PrepareAsync()
    {
        for (var number = 1; number <= 2 * Shards; number++)
        {
            await AddDataAsync($"cluster-{number}", host =>
            [
                .. AnnouncedToMaster(host),
                "cluster-enabled yes", "cluster-node-timeout 2000", $"cluster-announce-ip {host.Announced}", $"cluster-announce-port {host.Port}",
                $"cluster-announce-bus-port {host.Port + Host.BusOffset}",
            ]);
        }
        for (var shard = 0; shard < Shards; shard++)
            await Nodes[shard].AskAsync("CLUSTER", "ADDSLOTSRANGE", $"{Slots * shard / Shards}", $"{(Slots * (shard + 1) / Shards) - 1}");
        foreach (var other in Nodes.Skip(1))
        {
            var host = other.Host;
            await Nodes[0].AskAsync("CLUSTER", "MEET", host.Announced.ToString(), $"{host.Port}", $"{host.Port + Host.BusOffset}");
        }
        await Waiting.UntilAsync(async () => (await Task.WhenAll(Nodes.Select(ViewAsync))).All(view => view.Count == Nodes.Count), "all nodes have met");
        for (var shard = 0; shard < Shards; shard++)
            await Nodes[Shards + shard].AskAsync("CLUSTER", "REPLICATE", (await Nodes[shard].AskAsync("CLUSTER", "MYID")).Text);
    }

    protected override async Task<bool> IsHealthyAsync()
    {
        foreach (var node in Nodes)
        {
            var info = (await node.AskAsync("CLUSTER", "INFO")).Text;
            if (!info.Contains("cluster_state:ok", StringComparison.Ordinal) || !info.Contains($"cluster_slots_ok:{Slots}", StringComparison.Ordinal))
                return false;
            if ((await ViewAsync(node)).Any(member => !member.IsWell))
                return false;
        }
        var primaries = (await ViewAsync(AnyUp)).Where(member => member.Slots.Count > 0).ToList();
        return primaries.Count == Shards && (await Task.WhenAll(primaries.Select(member => IsFollowedAsync(member.Node, 1)))).All(follows => follows);
    }

    private StoreNode AnyUp => Nodes.First(node => node.IsUp);

    private static string Tag(int partition) => $"{{gc:{partition}}}";

    private async Task<IReadOnlyList<Member>> ViewAsync(StoreNode node) =>
        [.. (await node.AskAsync("CLUSTER", "NODES")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Read)];

    // <id> <ip:port@bus> <flags> <its primary or -> <ping sent> <pong received> <epoch> <link> <slots> …
    private Member Read(string line)
    {
        var fields = line.Split(' ');
        var ranges = fields.Skip(8).Where(field => !field.StartsWith('[')).Select(field => field.Split('-').Select(number =>
            int.Parse(number, CultureInfo.InvariantCulture)).ToArray());
        return new(fields[0], At(fields[1].Split(':')[0]), fields[3] == "-" ? null : fields[3],
            fields[7] == "connected" && !fields[2].Contains("fail", StringComparison.Ordinal) && !fields[2].Contains("handshake", StringComparison.Ordinal),
            [.. ranges.Select(range => (range[0], range[^1]))]);
    }

    private sealed record Member(string Id, StoreNode Node, string? Of, bool IsWell, IReadOnlyList<(int From, int To)> Slots);
}
