using System.Globalization;
using System.Runtime.InteropServices;
using GrpcCreds.Bench.Peers;

namespace GrpcCreds.Bench.Work;

/// <summary>The machine, and how much of it others use meanwhile.</summary>
internal static class Machine
{
    /// <summary>The share of the machine that others may use in a run before its figures count as noisy.</summary>
    public const double Tolerated = 0.1;

    public static string Description
    {
        get
        {
            var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[1];
            return $"{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores ({model ?? RuntimeInformation.ProcessArchitecture.ToString()}), "
                + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}; "
                + "the load runs on the same cores";
        }
    }

    /// <summary>Runs work, and finds what share of the machine anything but the bench and its servers used in the meantime.</summary>
    public static async Task<double> OthersShareAsync(Func<Task> work)
    {
        var (busy, own, at) = (Busy(), Own(), Environment.TickCount64);
        await work();
        var seconds = (Environment.TickCount64 - at) / 1000.0;
        return seconds < 0.5 ? 0 : Math.Max(0, (Busy() - busy - (Own() - own)) / (seconds * Environment.ProcessorCount));
    }

    private static double Own() => Environment.CpuUsage.TotalTime.TotalSeconds + ServerProcess.CpuOfAll;

    // user, nice, system, irq, softirq and steal, in seconds. What the kernel does for the network counts for nobody's process, and is left out.
    private static double Busy()
    {
        var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]
            .Select(field => long.Parse(field, CultureInfo.InvariantCulture)).ToArray();
        return (ticks[0] + ticks[1] + ticks[2] + ticks[7]) / 100.0;
    }
}
