using System.Text.RegularExpressions;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>An object that the user of a credential must see, what the user must be able to do with it, and its fields that the sync needs.</summary>
internal sealed partial record RequiredObject(string Name, FieldAccess Access, IReadOnlyList<RequiredField> Fields)
{
    /// <summary>Together with the questions about permissions and the org, as many as two composite requests can ask for.</summary>
    public const int MaxObjects = 48;

    public const string Allowed =
        "the API name of an object, or of an object and a field, that the user must see; "
        + "with :create, :update or :write (both) also change, as in Account, Account.Name or Account.Name:write";

    public static bool IsValid(string text) => text is not null && Form().IsMatch(text);

    /// <summary>The objects of the setting, with their fields. API names do not depend on case.</summary>
    public static IReadOnlyList<RequiredObject> Of(IEnumerable<string> setting) =>
    [
        .. setting.Select(text => Form().Match(text)).GroupBy(match => match.Groups["object"].Value, StringComparer.OrdinalIgnoreCase).Select(
            group => new RequiredObject(
                group.Key,
                Asked(group.Where(match => !match.Groups["field"].Success)),
                [
                    .. group.Where(match => match.Groups["field"].Success).GroupBy(match => match.Groups["field"].Value, StringComparer.OrdinalIgnoreCase)
                        .Select(field => new RequiredField(field.Key, Asked(field))),
                ])),
    ];

    // An object or field that is named more than once must allow all that is asked for.
    private static FieldAccess Asked(IEnumerable<Match> named) => named.Select(match => match.Groups["access"].Value switch
    {
        "create" => FieldAccess.Create,
        "update" => FieldAccess.Update,
        "write" => FieldAccess.Write,
        _ => FieldAccess.Read,
    }).Aggregate(FieldAccess.Read, (all, each) => all | each);

    [GeneratedRegex(
        @"\A(?<object>[A-Za-z][A-Za-z0-9_]{0,79})(\.(?<field>[A-Za-z][A-Za-z0-9_]{0,79}))?(:(?<access>create|update|write))?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
