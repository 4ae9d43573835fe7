using System.Text.RegularExpressions;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>A package that the org of a credential must have, at least in this version.</summary>
/// <param name="Namespace">The package's namespace prefix.</param>
/// <param name="Minimum">The lowest version that is sufficient.</param>
/// <param name="IfInstalled">The version counts only in an org that has the package.</param>
internal sealed partial record RequiredPackage(string Namespace, Version Minimum, bool IfInstalled)
{
    public const string Allowed = "a namespace with a version, as in Zuora=2.102 or zqu=10.0 if installed";

    /// <summary>Null if the setting does not have the form <see cref="Allowed"/>.</summary>
    public static RequiredPackage? Parse(string name, string? text) =>
        Form().Match($"{name}={text}") is { Success: true } match && Version.TryParse(match.Groups["version"].Value, out var version)
            ? new(name, version, match.Groups["if"].Success)
            : null;

    public override string ToString() => $"{Namespace} {Minimum}";

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_]{0,14}=(?<version>[0-9]{1,5}\.[0-9]{1,5})(?<if> if installed)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
