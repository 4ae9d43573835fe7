using System.Globalization;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The versions of the REST API: three a year, the oldest ones retired.</summary>
internal static class ApiVersions
{
    private const int Oldest = 31;
    private const int Newest = 67;

    public static Answer List() => Answer.Json(200, Enumerable.Range(Oldest, Newest - Oldest + 1)
        .Select(number => new { label = Label(number), url = $"/services/data/v{number}.0", version = $"{number}.0" }));

    /// <summary>The error for a version that is not served; null for a version that is.</summary>
    public static Answer? Refusal(string version)
    {
        if (!decimal.TryParse(version, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > Newest)
            return RestError.NotFound;
        return number < Oldest ? RestError.Of(410, "UNSUPPORTED_API_VERSION", $"API version v{version} is retired") : null;
    }

    // 62.0 was Winter '25.
    private static string Label(int number)
    {
        var (year, season) = Math.DivRem(number - 62 + 75, 3);
        return $"{(season == 0 ? "Winter" : season == 1 ? "Spring" : "Summer")} '{year}";
    }
}
