using System.ComponentModel.DataAnnotations;

namespace GrpcCreds.Server.Time;

/// <summary>Settings of the clock, section <c>Clock</c>; for tests of several processes, in Development only.</summary>
internal sealed class ClockOptions
{
    public const string Section = "Clock";

    /// <summary>How many times faster than real time the clock runs, 1 to 20.</summary>
    [Range(1.0, 20.0)]
    public double Speed { get; set; } = 1;

    /// <summary>
    /// Whether <c>POST /development/clock?advance=hh:mm:ss</c> makes the clock jump ahead, and <c>?step=hh:mm:ss</c> sets its time of day.
    /// </summary>
    public bool Adjustable { get; set; }

    public bool IsReal => Speed == 1 && !Adjustable;
}
