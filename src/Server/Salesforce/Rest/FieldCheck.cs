using System.Text.Json;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>FIELD_ACCESS: the user sees the objects and fields of the setting <c>Salesforce:RequiredFields</c>.</summary>
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
        var missing = new List<string>();
        string? code = null;
        Failure? unknown = null;
        foreach (var (required, answer) in described)
        {
            switch (answer)
            {
                case DataAnswer.Found { Body: var body } when Fields(body) is { } fields:
                    missing.AddRange(required.Fields.Where(field => !fields.Contains(field)).Select(field => $"{required.Name}.{field}"));
                    break;
                case DataAnswer.Found:
                    unknown ??= answers.Strange(200).Failure;
                    break;
                case DataAnswer.Hidden hidden:
                    missing.Add(required.Name);
                    code ??= hidden.Code;
                    break;
                case DataAnswer.Unusable unusable:
                    unknown ??= unusable.Failure;
                    break;
            }
        }
        if (missing.Count > 0)
            return Check.NotPassed(Outcome.Failed, new(FailureClass.NotPermitted, code, Advice(missing), now));
        return unknown is not null
            ? Check.NotPassed(Outcome.NotChecked, unknown)
            : Check with { Detail = $"the user sees {described.Sum(each => each.Object.Fields.Count)} fields of {described.Count} objects" };
    }

    private static string Advice(List<string> missing)
    {
        var named = string.Join(", ", missing.Take(MaxNamed)) + (missing.Count > MaxNamed ? $" and {missing.Count - MaxNamed} more" : "");
        return $"The user does not see {named}: give the user read access to them in a permission set or profile, or install what is missing in the org.";
    }

    private static HashSet<string>? Fields(JsonElement body) =>
        body.Member("fields") is { ValueKind: JsonValueKind.Array } fields && fields.EnumerateArray().All(field => field.ValueKind == JsonValueKind.Object)
            ? fields.EnumerateArray().Select(field => field.Text("name") ?? "").ToHashSet(StringComparer.OrdinalIgnoreCase)
            : null;
}
