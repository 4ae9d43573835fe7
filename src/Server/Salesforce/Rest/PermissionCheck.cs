using System.Text.Json;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>CUSTOMIZE_APPLICATION: the user may customize the application, or is an administrator.</summary>
internal static class PermissionCheck
{
    public const string Query = $"SELECT {Customize}, {ModifyAll} FROM UserPermissionAccess";

    private const string Customize = "PermissionsCustomizeApplication";
    private const string ModifyAll = "PermissionsModifyAllData";

    private const string MissingAdvice =
        "The user does not have the permission Customize Application: give it to the user in a permission set or profile, or use an administrator.";

    private const string HiddenAdvice =
        "Salesforce does not show the user's permissions (UserPermissionAccess): look up in Setup whether the user has Customize Application.";

    private static readonly Check Check = new(CheckNames.CustomizeApplication, Outcome.Succeeded, "the user has the permission Customize Application");

    public static Check Of(DataAnswer answer, DataAnswers answers, DateTimeOffset now) => answer switch
    {
        DataAnswer.Found { Body: var body } when Read(body) is var (customize, administrator) =>
            customize ? Check
            : administrator ? Check with { Detail = "the user is an administrator (Modify All Data)" }
            : Check.NotPassed(Outcome.Failed, new(FailureClass.NotPermitted, null, MissingAdvice, now)),
        DataAnswer.Found => Check.NotPassed(Outcome.NotChecked, answers.Strange(200).Failure),
        DataAnswer.Hidden hidden => Check.NotPassed(Outcome.NotChecked, new(FailureClass.NotPermitted, hidden.Code, HiddenAdvice, now)),
        DataAnswer.Unusable unusable => Check.NotPassed(Outcome.NotChecked, unusable.Failure),
        _ => throw new ArgumentOutOfRangeException(nameof(answer)),
    };

    private static (bool Customize, bool Administrator)? Read(JsonElement body)
    {
        if (body.Member("records") is not { ValueKind: JsonValueKind.Array } records || records.GetArrayLength() != 1)
            return null;
        return records[0] is { ValueKind: JsonValueKind.Object } row && Flag(row, Customize) is { } customize && Flag(row, ModifyAll) is { } administrator
            ? (customize, administrator)
            : null;
    }

    private static bool? Flag(JsonElement row, string name) => row.Member(name)?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };
}
