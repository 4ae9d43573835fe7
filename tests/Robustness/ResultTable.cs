using System.Text;

namespace GrpcCreds.Tests.Robustness;

/// <summary>The results of many rounds, by fault, as they can stand in a document.</summary>
internal static class ResultTable
{
    public static string Of(string store, IReadOnlyList<Round.Result> rounds)
    {
        var table = new StringBuilder()
            .Append($"| {store} | rounds | acknowledged | shown | lost | forks | stale | vanished | other | outage, median and worst | on return |\n")
            .Append("|---|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (var fault in rounds.GroupBy(round => round.Fault))
            Append(table, fault.Key, [.. fault]);
        Append(table, "all", rounds);
        return table.ToString();
    }

    private static void Append(StringBuilder table, string name, IReadOnlyList<Round.Result> rounds)
    {
        var counts = Round.Kinds.Select(kind => rounds.Sum(round => round.Count(kind))).ToList();
        table.Append($"| {name} | {rounds.Count} | {rounds.Sum(round => (long)round.Acknowledged):N0} | {rounds.Sum(round => (long)round.Shown):N0} ")
            .Append(string.Concat(counts.Select(count => $"| {count} ")))
            .Append($"| {rounds.Sum(round => round.Violations.Count) - counts.Sum()} ")
            .Append($"| {Seconds(rounds, round => round.Outage)} | {Seconds(rounds, round => round.Return)} |\n");
    }

    private static string Seconds(IReadOnlyList<Round.Result> rounds, Func<Round.Result, TimeSpan> time)
    {
        var times = rounds.Select(round => time(round).TotalSeconds).Order().ToList();
        return $"{times[times.Count / 2]:0.0} s, {times[^1]:0.0} s";
    }
}
