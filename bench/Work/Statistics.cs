namespace GrpcCreds.Bench.Work;

/// <summary>What several runs gave.</summary>
internal sealed record Statistics(double Median, double Least, double Most)
{
    public static Statistics Of(IReadOnlyCollection<double> values)
    {
        var sorted = values.Order().ToArray();
        var (low, high) = (sorted[(sorted.Length - 1) / 2], sorted[sorted.Length / 2]);
        return new((low + high) / 2, sorted[0], sorted[^1]);
    }
}
