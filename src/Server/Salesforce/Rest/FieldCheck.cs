using System.Text.Json;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>
/// FIELD_ACCESS: the user sees the objects and fields of the setting <c>Salesforce:RequiredFields</c>, and may create and update those that the sync writes.
/// </summary>
internal static class FieldCheck
{
    private const int MaxNamed = 10;

    private static readonly Check Check = new(CheckNames.FieldAccess, Outcome.Succeeded, "");

    public static readonly Check NothingRequired = Check with
    {
        Outcome = Outcome.NotChecked,
        Detail = "the service's operator requires no fields (Salesforce:RequiredFields)",
    };

    /// <param name="described">Each object with the answer to the question of its description.</param>
    /// <param name="answers">Evaluates answers of another form.</param>
    /// <param name="now">The current time.</param>
    public static Check Of(IReadOnlyList<(RequiredObject Object, DataAnswer Answer)> described, DataAnswers answers, DateTimeOffset now)
    {
        var hidden = new List<string>();
        var readOnly = new List<string>();
        string? code = null;
        Failure? unknown = null;
        foreach (var (required, answer) in described)
        {
            switch (answer)
            {
                case DataAnswer.Found { Body: var body } when Fields(body) is { } fields:
                    AddReadOnly(required.Name, required.Access, body);
                    foreach (var field in required.Fields)
                    {
                        if (fields.TryGetValue(field.Name, out var found))
                            AddReadOnly($"{required.Name}.{field.Name}", field.Access, found);
                        else
                            hidden.Add($"{required.Name}.{field.Name}");
                    }
                    break;
                case DataAnswer.Found:
                    unknown ??= answers.Strange(200).Failure;
                    break;
                case DataAnswer.Hidden refused:
                    hidden.Add(required.Name);
                    code ??= refused.Code;
                    break;
                case DataAnswer.Unusable unusable:
                    unknown ??= unusable.Failure;
                    break;
            }
        }
        if (hidden.Count + readOnly.Count > 0)
            return Check.NotPassed(Outcome.Failed, new(FailureClass.NotPermitted, code, Advice(hidden, readOnly), now));
        return unknown is not null
            ? Check.NotPassed(Outcome.NotChecked, unknown)
            : Check with { Detail = Passed(described) };

        void AddReadOnly(string name, FieldAccess access, JsonElement found)
        {
            string[] denied =
            [
                .. access.HasFlag(FieldAccess.Create) && !IsTrue(found, "createable") ? ["create"] : Array.Empty<string>(),
                .. access.HasFlag(FieldAccess.Update) && !IsTrue(found, "updateable") ? ["update"] : Array.Empty<string>(),
            ];
            if (denied.Length > 0)
                readOnly.Add($"{name} ({string.Join(", ", denied)})");
        }
    }

    private static string Passed(IReadOnlyList<(RequiredObject Object, DataAnswer Answer)> described)
    {
        var fields = described.SelectMany(each => each.Object.Fields).ToList();
        var written = fields.Count(field => field.Access != FieldAccess.Read);
        return $"the user sees {fields.Count} fields of {described.Count} objects" + (written > 0 ? $" and may write {written} of them" : "");
    }

    private static string Advice(List<string> hidden, List<string> readOnly) => (hidden.Count, readOnly.Count) switch
    {
        (_, 0) => $"The user does not see {Named(hidden)}: give the user read access to them in a permission set or profile, "
            + "or install what is missing in the org.",
        (0, _) => $"The user may not change {Named(readOnly)}: give the user edit access to them in a permission set or profile.",
        _ => $"The user does not see {Named(hidden)} and may not change {Named(readOnly)}: give the user access to them in a permission set or profile, "
            + "or install what is missing in the org.",
    };

    private static string Named(List<string> names) =>
        string.Join(", ", names.Take(MaxNamed)) + (names.Count > MaxNamed ? $" and {names.Count - MaxNamed} more" : "");

    private static bool IsTrue(JsonElement found, string name) => found.Member(name) is { ValueKind: JsonValueKind.True };

    private static Dictionary<string, JsonElement>? Fields(JsonElement body)
    {
        if (body.Member("fields") is not { ValueKind: JsonValueKind.Array } array)
            return null;
        var fields = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        foreach (var field in array.EnumerateArray())
        {
            if (field.ValueKind != JsonValueKind.Object)
                return null;
            fields[field.Text("name") ?? ""] = field;
        }
        return fields;
    }
}
