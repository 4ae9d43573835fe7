using System.Globalization;

namespace GrpcCreds.Server.Values;

/// <summary>A waiting time, as text for a person.</summary>
internal static class Wait
{
    /// <summary>Whole seconds up to a minute, whole minutes after that, always rounded up, so that the stated wait is long enough.</summary>
    public static string InWords(this TimeSpan wait) => wait <= TimeSpan.FromMinutes(1)
        ? Count(Math.Max(1, Math.Ceiling(wait.TotalSeconds)), "second")
        : Count(Math.Ceiling(wait.TotalMinutes), "minute");

    private static string Count(double number, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{number:0} {unit}{(number == 1 ? "" : "s")}");
}
