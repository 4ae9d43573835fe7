using CsCheck;
using GrpcCreds.Server.Rollout;
using GrpcCreds.Server.Tenants.Model;
using Xunit;

namespace GrpcCreds.Tests.Rollout;

/// <summary>
/// Random histories of entries that are set, dropped and forgotten, while time passes or is set back, servers go and come back, and their clocks differ:
/// the picture that is kept up to date is the one computed anew.
/// </summary>
public sealed class FleetPictureTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(57);

    private static readonly NodeName[] Names =
    [
        .. from caller in new[] { "a", "b" }
           from node in new[] { "1", "2", "" }
           from instance in new[] { "", "x", "y" }
           select new NodeName(caller, node, instance),
    ];

    private static readonly Gen<Step> AnyStep =
        from what in Gen.Frequency(
            (4, Gen.Const("open")), (2, Gen.Const("close")), (3, Gen.Const("apply")), (2, Gen.Const("reject")), (1, Gen.Const("leave")),
            (2, Gen.Const("drop")), (1, Gen.Const("forget")), (2, Gen.Const("go")), (2, Gen.Const("return")), (1, Gen.Const("shift")),
            (1, Gen.Const("clear")), (4, Gen.Const("nothing")))
        from process in Gen.Int[0, Names.Length - 1]
        from server in Gen.Int[0, 2]
        from revision in Gen.Long[1, 4]
        from seconds in Gen.OneOf(0, 0, 0, 1, 11, 60, 119, 120, 3600, 86_280, 86_400, -30, -4000)
        from isDrawn in Gen.Bool
        select new Step(what, process, server, revision, seconds, isDrawn);

    [Fact]
    public void What_is_kept_up_to_date_is_what_is_computed_anew() =>
        AnyStep.Array[1, 60].Sample(Check, iter: 10_000, print: steps => string.Join("\n", steps.Select(step => step.ToString())));

    [Fact]
    public void A_picture_is_not_changed_by_what_comes_later()
    {
        var picture = new FleetPicture(_ => default);
        picture.Set(new NodeEntry(Names[0], "server").Opened(1).WasSent(7));
        var before = picture.Draw(Start);
        picture.Set(new NodeEntry(Names[0], "server").Opened(1).HasApplied(7, 2));
        picture.Set(new NodeEntry(Names[3], "server").Opened(1).WasSent(7));
        Assert.Equal((0, 1, 1), (before.Count(7).Applied, before.Count(7).Expected, before.Nodes.Length));
        Assert.Equal((1, 2, 2), (picture.Draw(Start).Count(7).Applied, picture.Draw(Start).Count(7).Expected, picture.Draw(Start).Nodes.Length));
        // Time alone draws nothing anew.
        Assert.Equal(picture.Draw(Start).Nodes, picture.Draw(Start.AddDays(1)).Nodes);
    }

    private static void Check(Step[] steps)
    {
        var world = new World();
        foreach (var step in steps)
        {
            world.Do(step);
            // What changes between two draws is drawn together.
            if (step.IsDrawn)
                world.Compare();
        }
        world.Compare();
    }

    private sealed record Step(string What, int Process, int Server, long Revision, int Seconds, bool IsDrawn);

    private sealed class World
    {
        private readonly Dictionary<string, NodeEntry> entries = [];
        private readonly Dictionary<string, ServerState> servers = [];
        private readonly FleetPicture picture;
        private DateTimeOffset now = Start;

        public World() => picture = new(StateOf);

        private long Now => now.ToUnixTimeMilliseconds();

        public void Do(Step step)
        {
            now += TimeSpan.FromSeconds(step.Seconds);
            var server = $"server-{step.Server}";
            var entry = entries.GetValueOrDefault(Names[step.Process].KeyAt(server)) ?? new(Names[step.Process], server);
            switch (step.What)
            {
                case "open":
                    Set(entry.Opened(Now).WasSent(step.Revision));
                    break;
                case "close":
                    Set(entry.Closed(Now));
                    break;
                case "apply":
                    Set(entry.HasApplied(step.Revision, Now));
                    break;
                case "reject":
                    Set(entry.HasRejected(new(step.Revision, FailureClass.Unavailable, "", 0), Now));
                    break;
                case "leave":
                    Set(entry.Leaves(Now));
                    break;
                case "drop":
                    entries.Remove(entry.Key);
                    picture.Remove(entry.Key);
                    break;
                case "forget":
                    var oldest = Now - (long)TimeSpan.FromHours(25).TotalMilliseconds;
                    picture.Forget(oldest, Now);
                    foreach (var old in entries.Values.Where(old => SeenBy(old) < oldest))
                        entries.Remove(old.Key);
                    break;
                case "go":
                    servers[server] = StateOf(server) with { GoneSince = now };
                    break;
                case "return":
                    servers[server] = StateOf(server) with { GoneSince = null };
                    break;
                case "shift":
                    servers[server] = StateOf(server) with { Offset = TimeSpan.FromSeconds(20 * (step.Revision - 2)) };
                    break;
                case "clear":
                    entries.Clear();
                    picture.Clear();
                    break;
            }
        }

        public void Compare()
        {
            var drawn = picture.Draw(now);
            var (nodes, sharesNames) = RecomputedFleet.Of(entries.Values, StateOf, Now);
            Assert.Equal(nodes, drawn.Nodes.Select(node => node with { SeenTime = node.SeenAt(drawn.Time) }));
            foreach (var revision in new long[] { 1, 3, 4 })
            {
                var counts = drawn.Count(revision);
                Assert.Equal(RecomputedFleet.Count(nodes, revision), (counts.Expected, counts.Applied, counts.Rejected, counts.Lost));
                Assert.Equal((nodes.Count, sharesNames, revision), (counts.Known, counts.SharesNames, counts.Revision));
            }
            foreach (var name in Names)
            {
                Assert.Equal(nodes.Where(node => (node.Name.Caller, node.Name.NodeId) == (name.Caller, name.NodeId)).Select(node => node.Name),
                    drawn.Named(name).Select(node => node.Name));
                Assert.Equal(nodes.Where(node => node.Name.CompareTo(name) >= 0).Select(node => node.Name), drawn.From(name).Select(node => node.Name));
            }
        }

        private long SeenBy(NodeEntry entry) => FleetNode.SeenBy(entry.ByClock(StateOf(entry.Server).Offset), StateOf(entry.Server).GoneSince, Now);

        private ServerState StateOf(string server) => servers.GetValueOrDefault(server);

        private void Set(NodeEntry entry)
        {
            entries[entry.Key] = entry;
            picture.Set(entry);
        }
    }
}
