using System.Globalization;
using System.Net;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>Asks all nodes of a Cluster which primary holds which slots, and which replicas could be promoted.</summary>
/// <remarks>
/// A promotion needs a majority of the primaries that hold the old one for dead (<c>fail?</c>), and comes at least 500 ms later. So while so many do not
/// that the others are too few, and shortly after, no other server can have become the primary: that is the lease.
/// </remarks>
internal sealed class ClusterTopology(RedisTarget target, int? replicas) : ITopologySource
{
    private const int Lease = 500;

    private readonly Witnesses nodes = new(target.Redis);
    private HashSet<EndPoint> known = [];
    private RedisTopology? last;

    public TimeSpan Interval => TimeSpan.FromMilliseconds(200);

    public (EndPoint Server, Exception Failure)? Failure => nodes.Failure;

    public async Task<RedisTopology?> LookAsync(CancellationToken cancellationToken)
    {
        var began = Environment.TickCount64;
        var answers = await nodes.AskAsync(known.Count > 0 ? known : [.. target.Named], [["CLUSTER", "NODES"]], cancellationToken);
        var views = answers.Select(answer => View(answer.Server, answer.Answers[0].Text ?? "")).Where(view => view.Count > 0).ToList();
        // If all that are known are gone, the names in the settings may lead to others.
        known = views.Count == 0 ? [] : views.SelectMany(view => view).Where(node => !node.Has("noaddr")).Select(node => node.EndPoint).ToHashSet();
        return views.Count == 0 ? last : last = Merge(views, began);
    }

    public void Dispose() => nodes.Dispose();

    private RedisTopology Merge(List<List<Node>> views, long began)
    {
        // Of what the nodes say about one of them, the newest counts; and of two that claim a slot, the one with the newer claim.
        var primaries = views.SelectMany(view => view).Where(node => node.Has("master") && node.Slots.Count > 0)
            .GroupBy(node => node.Id).Select(said => said.MaxBy(node => node.Epoch)!).OrderBy(node => node.Epoch).ToList();
        var owners = new short[ClusterSlot.Count];
        Array.Fill(owners, (short)-1);
        foreach (var (i, primary) in primaries.Index())
        {
            foreach (var (from, to) in primary.Slots)
                owners.AsSpan(from, to - from + 1).Fill((short)i);
        }
        // One that still believes to hold slots which others have taken over is none.
        var held = owners.Where(owner => owner >= 0).Distinct().Order().ToList();
        primaries = [.. held.Select(i => primaries[i])];
        for (var slot = 0; slot < owners.Length; slot++)
            owners[slot] = (short)held.IndexOf(owners[slot]);
        var voters = primaries.Select(primary => primary.Id).ToHashSet();
        return new RedisTopology(
            [.. primaries.Select(primary => new RedisShard(
                primary.Id, primary.EndPoint, replicas is { } count ? new ReplicaQuorum { Count = count } : Quorum(primary, voters, views, began)))],
            owners);
    }

    private static ReplicaQuorum Quorum(Node primary, HashSet<string> voters, List<List<Node>> views, long began)
    {
        var votes = views.Where(view => voters.Contains(view.First(node => node.Has("myself")).Id)).ToList();
        var alive = votes.Count(view => view.Any(node => node.Id == primary.Id && !node.Has("fail?") && !node.Has("fail")));
        var followers = views.SelectMany(view => view).Where(node => node.Primary == primary.Id).ToList();
        return new ReplicaQuorum
        {
            Promotable = followers.Where(node => !node.Has("fail")).Select(node => node.Name).ToHashSet(),
            Known = followers.Select(node => node.Name).ToHashSet(),
            LeaseEnd = alive >= voters.Count - (voters.Count / 2) ? began + Lease : 0,
        };
    }

    // <id> <ip:port@cport[,hostname[,...]]> <flags> <primary> <ping-sent> <pong-recv> <config-epoch> <link-state> <slot> ...
    private static List<Node> View(EndPoint asked, string text)
    {
        var view = new List<Node>();
        foreach (var line in text.Split('\n'))
        {
            if (line.TrimEnd('\r').Split(' ') is not [var id, var address, var flags, var primary, _, _, var epoch, _, .. var slots])
                continue;
            var names = address.Split(',');
            var ip = names[0].Split('@')[0];
            var colon = ip.LastIndexOf(':');
            if (colon < 0 || !int.TryParse(ip[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
                continue;
            // A node that does not know its own address is the one that was asked.
            var host = names is [_, { Length: > 0 } name, ..] ? name : colon > 0 ? ip[..colon] : null;
            view.Add(new Node(
                id, host is null ? asked : RedisAddress.Of(host, port), ip, flags.Split(','), primary,
                long.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0,
                [.. slots.Select(Range).OfType<(int, int)>()]));
        }
        return view.Any(node => node.Has("myself")) ? view : [];
    }

    // A slot that is on its way is written as [slot->-id], and belongs to its primary until it has arrived.
    private static (int From, int To)? Range(string slots) => slots.Split('-') switch
    {
        [var one] when Slot(one) is { } slot => (slot, slot),
        [var from, var to] when Slot(from) is { } first && Slot(to) is { } end && first <= end => (first, end),
        _ => null,
    };

    private static int? Slot(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var slot) && slot < ClusterSlot.Count ? slot : null;

    private sealed record Node(
        string Id, EndPoint EndPoint, string Name, string[] Flags, string Primary, long Epoch, IReadOnlyList<(int From, int To)> Slots)
    {
        public bool Has(string flag) => Flags.Contains(flag);
    }
}
