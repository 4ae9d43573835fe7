using System.Text.Json.Serialization;

namespace GrpcCreds.Cli.Doctor;

/// <summary>What doctor found about one thing.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="Outcome">How it is.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Fix">What to do; null if nothing has to be done.</param>
internal sealed record Finding(
    [property: JsonPropertyName("check")] string Check,
    [property: JsonPropertyName("outcome")] FindingOutcome Outcome,
    [property: JsonPropertyName("detail")] string Detail,
    [property: JsonPropertyName("fix")] string? Fix = null)
{
    public static Finding Good(string check, string detail) => new(check, FindingOutcome.Ok, detail);

    public static Finding Warn(string check, string detail, string fix) => new(check, FindingOutcome.Warning, detail, fix);

    public static Finding Bad(string check, string detail, string fix) => new(check, FindingOutcome.Fault, detail, fix);
}

/// <summary>How a thing is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FindingOutcome>))]
internal enum FindingOutcome
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, but somebody should look.</summary>
    Warning,

    /// <summary>It does not work.</summary>
    Fault,
}
