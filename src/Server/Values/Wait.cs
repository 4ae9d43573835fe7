using System.Globalization;

namespace GrpcCreds.Server.Values;

/// <summary>How long to wait, said to a person.</summary>
internal static class Wait
{
    /// <summary>Whole seconds up to a minute, whole minutes after that, always rounded up: who waits that long has waited long enough.</summary>
    public static string InWords(this TimeSpan wait) => wait <= TimeSpan.FromMinutes(1)
        ? Count(Math.Max(1, Math.Ceiling(wait.TotalSeconds)), "second")
        : Count(Math.Ceiling(wait.TotalMinutes), "minute");

    private static string Count(double number, string unit) => string.Create(CultureInfo.InvariantCulture, $"{number:0} {unit}{(number == 1 ? "" : "s")}");
}
