using System.Globalization;
using GrpcCreds.Bench.Rows;
using GrpcCreds.Bench.Work;

namespace GrpcCreds.Bench;

/// <summary>The lines as a Markdown table.</summary>
internal static class Table
{
    private static readonly string[] Peers = ["GrpcCreds Redis", "GrpcCreds SQLite", "etcd", "bare grpc-dotnet"];

    public static string Of(IReadOnlyList<Line> lines)
    {
        var rows = lines.Select(line => (string[])
        [
            $"`{line.Name}`", line.What + (line.IsNoisy ? $" (noisy: others used {line.Others:P0} of the machine; it cannot tell)" : ""),
            .. Peers.Select(peer => Cell(line.Values, peer)),
            string.Join("; ", line.Ratio.Select(ratio => $"{Number(ratio.Value.Median)} × {ratio.Peer}")), line.Goal,
        ]);
        string[] head = ["row", "measured: median (least–most)", .. Peers, "first of the row to the others, turn by turn", "goal"];
        return string.Join('\n', rows.Prepend([.. head.Select(_ => "---")]).Prepend(head).Select(cells => $"| {string.Join(" | ", cells)} |"));
    }

    private static string Cell(IReadOnlyList<(string Peer, Statistics Value)> values, string peer)
    {
        var found = values.Where(value => value.Peer == peer).Select(value => value.Value).ToList();
        return found.Count == 0 ? "–" : string.Join("; ", found.Select(value => $"{Number(value.Median)} ({Number(value.Least)}–{Number(value.Most)})"));
    }

    private static string Number(double value) => value.ToString(value >= 100 ? "N0" : value >= 10 ? "N1" : "N2", CultureInfo.InvariantCulture);
}
