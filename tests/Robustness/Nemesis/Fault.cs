using GrpcCreds.Tests.Robustness.Supervisor;
using GrpcCreds.Tests.Support;

namespace GrpcCreds.Tests.Robustness.Nemesis;

/// <summary>Something that breaks. What is still broken when it ends is mended by <see cref="Topology.HealthyAsync"/>.</summary>
/// <param name="Name">Short, for a table.</param>
/// <param name="RunAsync">Breaks it, and waits as long as it is to last.</param>
internal sealed record Fault(string Name, Func<Topology, Task> RunAsync)
{
    private static readonly TimeSpan PromoteWithin = TimeSpan.FromSeconds(30);

    /// <summary>Some of these, each as soon as all nodes follow again.</summary>
    public static Fault Several(IReadOnlyList<Fault> faults, Random random)
    {
        var some = Enumerable.Range(0, random.Next(2, 4)).Select(_ => (Fault: faults[random.Next(faults.Count)], Pause: random.Next(3000))).ToList();
        return new(string.Join(", then ", some.Select(one => one.Fault.Name)), async topology =>
        {
            foreach (var (fault, pause) in some)
            {
                await Task.Delay(pause);
                await topology.HealthyAsync();
                await fault.RunAsync(topology);
            }
        });
    }

    /// <summary>Kills the primary, and waits until another node has its place.</summary>
    public static async Task KillPrimaryAsync(Topology topology, int partition = 0)
    {
        var primary = (await topology.ShardAsync(partition)).Primary;
        await primary.KillAsync();
        await PromotedAsync(topology, primary, partition);
    }

    public static Task PromotedAsync(Topology topology, StoreNode before, int partition = 0) =>
        Waiting.UntilAsync(async () => (await topology.ShardAsync(partition)).Primary != before, "another node is promoted", PromoteWithin);

    public static async Task FreezeAsync(StoreNode node, TimeSpan time)
    {
        node.Freeze();
        await Task.Delay(time);
        node.Continue();
    }

    public static async Task KillAsync(StoreNode node, TimeSpan time)
    {
        await node.KillAsync();
        await Task.Delay(time);
        await node.StartAsync();
    }
}
