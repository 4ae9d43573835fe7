using System.Diagnostics;
using GrpcCreds.Tests.Robustness.Checkers;
using GrpcCreds.Tests.Robustness.Nemesis;
using GrpcCreds.Tests.Robustness.Supervisor;
using GrpcCreds.Tests.Robustness.Traffic;
using GrpcCreds.Tests.Support;

namespace GrpcCreds.Tests.Robustness;

/// <summary>One fault under load, on tenants that no other round has; then everything that was seen is held against what is there.</summary>
internal static class Round
{
    /// <summary>The kinds of violations that mean that a promise about data was broken.</summary>
    public static readonly IReadOnlyList<string> Kinds = ["lost", "fork", "stale", "vanished"];

    /// <summary>Where each round that failed has a directory of its own.</summary>
    public static readonly string EvidenceDirectory = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "grpccreds-robustness")).FullName;

    private const int WarmUp = 200;
    private static readonly TimeSpan After = TimeSpan.FromSeconds(1);

    /// <summary>The outcome of a round.</summary>
    /// <param name="Fault">What was broken.</param>
    /// <param name="Seed">Of the callers' choices.</param>
    /// <param name="Acknowledged">How many writes were answered.</param>
    /// <param name="Shown">How often anybody was shown a state.</param>
    /// <param name="Outage">The longest time without an answered write that began with the fault, of the tenant that had to wait longest.</param>
    /// <param name="Return">The same, that began after the fault, when what had failed came back.</param>
    /// <param name="Violations">By the checkers.</param>
    /// <param name="Evidence">Where histories and logs are kept, if there are violations.</param>
    public sealed record Result(
        string Fault, int Seed, int Acknowledged, int Shown, TimeSpan Outage, TimeSpan Return, IReadOnlyList<string> Violations, string? Evidence)
    {
        public int Count(string kind) => Violations.Count(violation => violation.StartsWith(kind + ":", StringComparison.Ordinal));

        public override string ToString() =>
            $"{Fault}: {Acknowledged} acknowledged, {Shown} shown, outage {Outage.TotalSeconds:0.0} s, then {Return.TotalSeconds:0.0} s"
            + string.Concat(Violations.GroupBy(violation => violation.Split(':')[0]).Select(kind => $"\n  {kind.Count()} × {kind.First()}"))
            + (Evidence is null ? "" : $"\n  seed {Seed}; histories and logs are in {Evidence}");
    }

    /// <summary>Runs it to its end; whatever ends it earlier is a violation too, with its evidence.</summary>
    public static async Task<Result> RunAsync(Deployment deployment, Fault fault, int number, int seed)
    {
        var history = new History();
        try
        {
            return await RunAsync(deployment, fault, number, seed, history);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            string[] violations = [$"broken: {e}"];
            return new(fault.Name, seed, history.Acknowledged.Count(), history.Everything.Count(), default, default, violations,
                await KeepAsync(deployment, history, fault, seed, violations));
        }
    }

    private static async Task<Result> RunAsync(Deployment deployment, Fault fault, int number, int seed, History history)
    {
        await deployment.Topology.HealthyAsync();
        await using var load = new Load(history, deployment.Addresses, deployment.Users, $"round-{number}", deployment.Renewed, seed);
        load.Start();
        await Waiting.UntilAsync(() => load.Acknowledged >= WarmUp, "writes are answered", TimeSpan.FromSeconds(60));

        var begun = Stopwatch.GetTimestamp();
        await fault.RunAsync(deployment.Topology);
        var ended = Stopwatch.GetTimestamp();
        await deployment.Topology.HealthyAsync();
        await Task.Delay(After);
        await load.EndAsync(deployment.Client);

        var truth = await Truth.ReadAsync(history, deployment.Client, [.. load.Tenants, .. deployment.Renewed]);
        var violations = All.Find(history, truth, deployment.Simulator.Grants());
        return new(fault.Name, seed, load.Acknowledged, history.Everything.Count(),
            Longest(history, (from, to) => to > begun && from < ended), Longest(history, (from, _) => from >= ended),
            violations, violations.Count == 0 ? null : await KeepAsync(deployment, history, fault, seed, violations));
    }

    private static TimeSpan Longest(History history, Func<long, long, bool> counts)
    {
        var gaps = from ofTenant in history.Acknowledged.GroupBy(attempt => attempt.Write.Tenant)
                   let answers = ofTenant.Select(attempt => attempt.Returned).ToList()
                   from pair in answers.Zip(answers.Skip(1))
                   where counts(pair.First, pair.Second)
                   select pair.Second - pair.First;
        return Stopwatch.GetElapsedTime(0, gaps.DefaultIfEmpty().Max());
    }

    private static async Task<string> KeepAsync(Deployment deployment, History history, Fault fault, int seed, IReadOnlyList<string> violations)
    {
        var name = string.Concat(fault.Name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-'));
        var directory = Directory.CreateDirectory(Path.Combine(EvidenceDirectory, $"{DateTime.UtcNow:HHmmss}-{name}-{seed}")).FullName;
        await history.SaveAsync(directory);
        await File.WriteAllLinesAsync(Path.Combine(directory, "violations"), [$"{fault.Name}, seed {seed}", .. violations]);
        foreach (var (service, number) in deployment.Services.Select((service, number) => (service, number)))
            await File.WriteAllLinesAsync(Path.Combine(directory, $"service-{number}.log"), service.Output);
        deployment.Topology.CopyLogs(directory);
        return directory;
    }
}
