using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using GrpcCreds.V1;
using Enum = System.Enum;

namespace GrpcCreds.Cli.Output;

/// <summary>How values of the contract are shown to people.</summary>
internal static partial class Names
{
    /// <summary>The name of an enum's value in the contract, without the prefix. A value of a newer service is a number.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum
    {
        var field = typeof(T).GetField(value.ToString());
        if (field?.GetCustomAttribute<OriginalNameAttribute>()?.Name is not { } name)
            return value.ToString("D");
        var prefix = Words().Replace(typeof(T).Name, "_").ToUpperInvariant() + "_";
        return name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
    }

    /// <summary>The name of a mode on the command line, as in "client-credentials".</summary>
    public static string Argument(Mode mode) => Of(mode).ToLowerInvariant().Replace('_', '-');

    /// <summary>How long ago or ahead a time is, as in "3 min ago" and "in 5 d"; "-" if there is none.</summary>
    public static string Relative(Timestamp? time)
    {
        if (time is null)
            return "-";
        var ago = DateTimeOffset.UtcNow - time.ToDateTimeOffset();
        return ago >= TimeSpan.Zero ? $"{Length(ago)} ago" : $"in {Length(-ago)}";
    }

    /// <summary>A length of time in its largest unit.</summary>
    public static string Length(TimeSpan time) => time switch
    {
        { TotalDays: >= 2 } => Number(time.TotalDays, "d"),
        { TotalHours: >= 2 } => Number(time.TotalHours, "h"),
        { TotalMinutes: >= 2 } => Number(time.TotalMinutes, "min"),
        _ => Number(time.TotalSeconds, "s"),
    };

    public static string Date(Timestamp? time) => time?.ToDateTimeOffset().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "-";

    public static string Time(Timestamp? time) => time?.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-";

    /// <summary>A number with its noun, as in "1 node" and "3 nodes".</summary>
    public static string Count(long number, string noun) => number == 1 ? $"1 {noun}" : $"{number.ToString(CultureInfo.InvariantCulture)} {noun}s";

    private static string Number(double value, string unit) => $"{Math.Floor(value).ToString(CultureInfo.InvariantCulture)} {unit}";

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Words();
}
