using System.Globalization;
using Xunit;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>
/// The amount to run: in CI some of the steps, drawn from a printed seed; with GRPCCREDS_FULL=true all of them, and hundreds of random
/// instants. GRPCCREDS_SEED repeats a run.
/// </summary>
internal static class RunPlan
{
    public static bool IsFull => Environment.GetEnvironmentVariable("GRPCCREDS_FULL") == "true";

    public static Random Seeded(ITestOutputHelper output)
    {
        var seed = Environment.GetEnvironmentVariable("GRPCCREDS_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        return new Random(seed);
    }

    /// <summary>All, or that many of them.</summary>
    public static IReadOnlyList<T> Some<T>(Random random, int inShort)
        where T : struct, Enum
    {
        var all = Enum.GetValues<T>();
        random.Shuffle(all);
        return IsFull ? all : all[..inShort];
    }
}
