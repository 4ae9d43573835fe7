using System.Text.RegularExpressions;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>What a user sees of its org: objects with their fields, permissions, packages, the org itself.</summary>
internal static partial class OrgData
{
    /// <summary>The list of objects, without their fields.</summary>
    public static Answer Objects(SimulatedUser user) =>
        Answer.Json(200, new { encoding = "UTF-8", maxBatchSize = 200, sobjects = user.Objects.Keys.Select(name => new { name, queryable = true }) });

    /// <summary>One object with the fields that the user sees.</summary>
    public static Answer Describe(SimulatedUser user, string name)
    {
        var (found, fields) = user.Objects.FirstOrDefault(each => each.Key.Equals(name, StringComparison.OrdinalIgnoreCase));
        return found is null ? RestError.NotFound : Answer.Json(200, new
        {
            name = found,
            custom = found.EndsWith("__c", StringComparison.Ordinal),
            createable = !user.ReadOnly.Contains(found),
            updateable = !user.ReadOnly.Contains(found),
            fields = fields!.Select(
                field => new { name = field, createable = true, updateable = !user.ReadOnly.Contains($"{found}.{field}"), type = "string" }),
        });
    }

    /// <summary>A query of the REST API: about the user's permissions or the org.</summary>
    public static Answer Query(SimulatedUser user, string orgId, Personality personality, string soql) => Rows(soql, new()
    {
        ["UserPermissionAccess"] =
        [
            new()
            {
                ["PermissionsCustomizeApplication"] = user.CustomizeApplication || user.ModifyAllData,
                ["PermissionsModifyAllData"] = user.ModifyAllData,
            },
        ],
        ["Organization"] =
        [
            new()
            {
                ["Id"] = orgId,
                ["IsSandbox"] = personality == Personality.Sandbox,
                ["OrganizationType"] = "Enterprise Edition",
                ["TrialExpirationDate"] = user.TrialExpirationDate?.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'+0000'", null),
            },
        ],
    });

    /// <summary>A query of the Tooling API: the installed packages, for users who may see them.</summary>
    public static Answer ToolingQuery(SimulatedUser user, string soql) => Rows(soql, !user.ViewSetup ? [] : new()
    {
        ["InstalledSubscriberPackage"] =
        [
            .. user.Packages.Select(package => (package.Key, Version: Version.Parse(package.Value))).Select(package => new Dictionary<string, object?>
            {
                ["SubscriberPackage.NamespacePrefix"] = package.Key,
                ["SubscriberPackageVersion.MajorVersion"] = package.Version.Major,
                ["SubscriberPackageVersion.MinorVersion"] = package.Version.Minor,
            }),
        ],
    });

    private static Answer Rows(string soql, Dictionary<string, Dictionary<string, object?>[]> objects)
    {
        if (Soql().Match(soql) is not { Success: true } query)
            return RestError.Of(400, "MALFORMED_QUERY", "unexpected token");
        var from = query.Groups["from"].Value;
        if (!objects.TryGetValue(from, out var rows))
            return RestError.Of(400, "INVALID_TYPE", $"sObject type '{from}' is not supported.");
        string[] fields = [.. query.Groups["fields"].Value.Split(',').Select(field => field.Trim())];
        if (rows.Length > 0 && fields.FirstOrDefault(field => !rows[0].ContainsKey(field)) is { } unknown)
            return RestError.Of(400, "INVALID_FIELD", $"No such column '{unknown}' on entity '{from}'.");
        return Answer.Json(200, new { totalSize = rows.Length, done = true, records = rows.Select(row => Record(from, fields, row)) });
    }

    // A field of a related object is in an object of its own.
    private static Dictionary<string, object?> Record(string type, string[] fields, Dictionary<string, object?> row)
    {
        var record = new Dictionary<string, object?> { ["attributes"] = new { type } };
        foreach (var related in fields.GroupBy(field => field.Contains('.') ? field.Split('.')[0] : ""))
        {
            if (related.Key is "")
                related.ToList().ForEach(field => record[field] = row[field]);
            else
                record[related.Key] = related.ToDictionary(field => field.Split('.')[1], field => row[field]);
        }
        return record;
    }

    [GeneratedRegex(@"\ASELECT\s+(?<fields>[\w.]+(\s*,\s*[\w.]+)*)\s+FROM\s+(?<from>\w+)\s*\z", RegexOptions.IgnoreCase)]
    private static partial Regex Soql();
}
