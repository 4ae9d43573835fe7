using System.Text.RegularExpressions;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>An object that the user of a credential must see, and the fields of it that the user must see.</summary>
internal sealed partial record RequiredObject(string Name, IReadOnlyList<string> Fields)
{
    /// <summary>Together with the question about permissions, as many as two composite requests can ask for.</summary>
    public const int MaxObjects = 49;

    public const string Allowed = "the API name of an object, or of an object and a field, as in Account or Account.Name";

    public static bool IsValid(string text) => text is not null && Form().IsMatch(text);

    /// <summary>The objects of the setting, with their fields. API names do not depend on case.</summary>
    public static IReadOnlyList<RequiredObject> Of(IEnumerable<string> setting) =>
    [
        .. setting.Select(text => text.Split('.')).GroupBy(parts => parts[0], StringComparer.OrdinalIgnoreCase).Select(group => new RequiredObject(
            group.Key, [.. group.Where(parts => parts.Length > 1).Select(parts => parts[1]).Distinct(StringComparer.OrdinalIgnoreCase)])),
    ];

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_]{0,79}(\.[A-Za-z][A-Za-z0-9_]{0,79})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
