using CsCheck;
using GrpcCreds.Server.Rollout;
using GrpcCreds.Server.Tenants.Model;
using Xunit;

namespace GrpcCreds.Tests.Rollout;

/// <summary>
/// Random histories of processes that call themselves by two names, open streams at three servers, report through any of them, go, come back and are
/// forgotten, while servers die: what the servers' entries come to together is what happened.
/// </summary>
public sealed class FleetModelTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(57);

    private static readonly Gen<Step> AnyStep =
        from what in Gen.Frequency(
            (4, Gen.Const("open")), (2, Gen.Const("close")), (3, Gen.Const("apply")), (2, Gen.Const("reject")),
            (1, Gen.Const("leave")), (1, Gen.Const("die")), (1, Gen.Const("collect")))
        from process in Gen.Int[0, 3]
        from server in Gen.Int[0, 2]
        from revision in Gen.Long[1, 4]
        from seconds in Gen.OneOf(11, 11, 60, 115, 130, 3600, 80_000)
        select new Step(what, process, server, revision, seconds);

    [Fact]
    public void What_the_servers_know_together_is_what_happened() =>
        AnyStep.Array[1, 50].Sample(Check, iter: 5000, print: steps => string.Join("\n", steps.Select(step => step.ToString())));

    private static void Check(Step[] steps)
    {
        var world = new World();
        foreach (var step in steps)
        {
            world.Do(step);
            Assert.Equal(world.Expected(), world.Found());
        }
    }

    private sealed record Step(string What, int Process, int Server, long Revision, int Seconds);

    /// <summary>A process as it is: plain state that changes in place.</summary>
    private sealed class Truth
    {
        public HashSet<string> Streams { get; } = [];

        public DateTimeOffset? Heard { get; set; }

        public DateTimeOffset Seen { get; set; }

        public bool Left { get; set; }

        public long Sent { get; set; }

        public long Applied { get; set; }

        public long Rejected { get; set; }
    }

    private sealed class World
    {
        private readonly Dictionary<string, NodeEntry> entries = [];
        private readonly FleetPicture picture;
        private readonly Truth[] processes = [new(), new(), new(), new()];
        private readonly int[] lives = [1, 1, 1];
        private readonly Dictionary<string, DateTimeOffset> dead = [];
        private DateTimeOffset now = Start;

        public World() => picture = new(server => new(GoneSince(server), TimeSpan.Zero));

        private long Now => now.ToUnixTimeMilliseconds();

        public void Do(Step step)
        {
            now += TimeSpan.FromSeconds(step.Seconds);
            foreach (var open in processes.Where(process => process.Streams.Count > 0 && !process.Left))
                open.Seen = now;
            var process = processes[step.Process];
            var server = $"server-{step.Server}.{lives[step.Server]}";
            switch (step.What)
            {
                case "open":
                    Set(step.Process, server, entry => entry.Opened(Now).WasSent(step.Revision));
                    process.Streams.Add(server);
                    process.Sent = Math.Max(process.Sent, step.Revision);
                    Hear(process);
                    break;
                case "close" when process.Streams.Remove(server):
                    Set(step.Process, server, entry => entry.Closed(Now));
                    process.Seen = process.Left ? process.Seen : now;
                    break;
                case "apply":
                    Set(step.Process, server, entry => entry.HasApplied(step.Revision, Now));
                    process.Applied = Math.Max(process.Applied, step.Revision);
                    process.Rejected = process.Rejected > process.Applied ? process.Rejected : step.Revision >= process.Rejected ? 0 : process.Rejected;
                    Hear(process);
                    break;
                case "reject" when step.Revision >= process.Applied:
                    Set(step.Process, server, entry => entry.HasRejected(new(step.Revision, FailureClass.Unavailable, "", 0), Now));
                    process.Rejected = Math.Max(process.Rejected, step.Revision);
                    Hear(process);
                    break;
                case "leave" when process.Heard is not null:
                    Set(step.Process, server, entry => entry.Leaves(Now));
                    (process.Left, process.Seen) = (true, now);
                    break;
                case "die":
                    dead[server] = now;
                    lives[step.Server]++;
                    foreach (var one in processes)
                        one.Streams.Remove(server);
                    break;
                case "collect":
                    foreach (var entry in FleetSnapshot.Superfluous([.. entries.Values], GoneSince).ToList())
                    {
                        entries.Remove(entry.Key);
                        picture.Remove(entry.Key);
                    }
                    // Of a process whose place another one has taken nothing need be known any more; should it come back, it says again what it holds.
                    foreach (var number in Enumerable.Range(0, 4).Where(number => processes[number].Streams.Count == 0 && MateOf(number).Streams.Count > 0))
                        processes[number] = new();
                    break;
            }
        }

        public string Found() => Print(picture.Draw(now).Nodes
            .Select(node => (node.Name, node.Presence, node.Sent, node.Applied,
                node.Rejection?.Revision ?? 0, node.Presence == Presence.Connected ? 0 : node.SeenTime)));

        public string Expected() => Print(
            from name in Enumerable.Range(0, 4).GroupBy(NodeIdOf)
            let known = name.Where(number => processes[number] is { Heard: not null } process && now - process.Seen < TimeSpan.FromHours(24)).ToList()
            let there = known.Where(number => PresenceOf(processes[number]) == Presence.Connected).ToList()
            from number in there.Count > 0 ? there : known.OrderByDescending(number => processes[number].Heard).Take(1)
            let process = processes[number]
            let presence = PresenceOf(process)
            select (NameOf(number), presence, process.Sent, process.Applied, process.Rejected,
                presence == Presence.Connected ? 0 : process.Seen.ToUnixTimeMilliseconds()));

        private static string Print(IEnumerable<(NodeName, Presence, long, long, long, long)> nodes) => string.Join('\n', nodes.OrderBy(node => node.Item1));

        private Presence PresenceOf(Truth process) => process.Left ? Presence.Left
            : process.Streams.Count > 0 ? Presence.Connected
            : now - process.Seen < TimeSpan.FromMinutes(2) ? Presence.Away
            : Presence.Lost;

        private void Hear(Truth process)
        {
            (process.Left, process.Heard, process.Seen) = (false, now, now);
        }

        private DateTimeOffset? GoneSince(string server) => dead.TryGetValue(server, out var at) ? at : null;

        private void Set(int process, string server, Func<NodeEntry, NodeEntry> change)
        {
            var entry = change(entries.GetValueOrDefault(NameOf(process).KeyAt(server)) ?? new(NameOf(process), server));
            entries[entry.Key] = entry;
            picture.Set(entry);
        }

        private Truth MateOf(int process) => processes[process ^ 1];

        private static string NodeIdOf(int process) => process < 2 ? "one" : "two";

        private static NodeName NameOf(int process) => new("caller", NodeIdOf(process), $"instance-{process}");
    }
}
