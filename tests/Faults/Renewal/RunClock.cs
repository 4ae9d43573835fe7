using System.Diagnostics;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>The time of a run: the simulator's, and what the services' clocks are made to agree with.</summary>
internal sealed class RunClock(double speed) : TimeProvider
{
    private readonly DateTimeOffset start = DateTimeOffset.UtcNow;
    private readonly long startTimestamp = Stopwatch.GetTimestamp();
    private long advanced;

    public double Speed => speed;

    public void Advance(TimeSpan by) => Interlocked.Add(ref advanced, by.Ticks);

    public override DateTimeOffset GetUtcNow() =>
        start + (Stopwatch.GetElapsedTime(startTimestamp) * speed) + TimeSpan.FromTicks(Interlocked.Read(ref advanced));
}
