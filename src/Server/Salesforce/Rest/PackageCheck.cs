using System.Text.Json;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>PACKAGE_VERSION: the org has the packages of the setting <c>Salesforce:RequiredPackages</c>, new enough.</summary>
internal static class PackageCheck
{
    public const string Query =
        $"SELECT {Package}.{Prefix}, {PackageVersion}.{Major}, {PackageVersion}.{Minor} FROM InstalledSubscriberPackage";

    private const string Package = "SubscriberPackage";
    private const string PackageVersion = "SubscriberPackageVersion";
    private const string Prefix = "NamespacePrefix";
    private const string Major = "MajorVersion";
    private const string Minor = "MinorVersion";

    private static readonly Check Check = new(CheckNames.PackageVersion, Outcome.Succeeded, "");

    public static readonly Check NothingRequired = Check with
    {
        Outcome = Outcome.NotChecked,
        Detail = "the service's operator requires no packages (Salesforce:RequiredPackages)",
    };

    /// <param name="required">The packages of the setting.</param>
    /// <param name="answer">The answer to <see cref="Query"/>.</param>
    /// <param name="objects">The names of the objects that the user sees, if the packages are hidden; null if they are unknown.</param>
    /// <param name="answers">Evaluates answers of another form.</param>
    /// <param name="now">The current time.</param>
    public static Check Of(
        IReadOnlyList<RequiredPackage> required, DataAnswer answer, IReadOnlyList<string>? objects, DataAnswers answers, DateTimeOffset now) => answer switch
    {
        DataAnswer.Found { Body: var body } when Installed(body) is { } installed => Of(required, installed, now),
        DataAnswer.Found => Check.NotPassed(Outcome.NotChecked, answers.Strange(200).Failure),
        DataAnswer.Hidden hidden => Check.NotPassed(Outcome.NotChecked, new(FailureClass.NotPermitted, hidden.Code, HiddenAdvice(required, objects), now)),
        DataAnswer.Unusable unusable => Check.NotPassed(Outcome.NotChecked, unusable.Failure),
        _ => throw new ArgumentOutOfRangeException(nameof(answer)),
    };

    /// <summary>The names of the objects in the answer of <c>/sobjects</c>; null if it has none.</summary>
    public static IReadOnlyList<string>? Objects(DataAnswer answer) =>
        answer is DataAnswer.Found { Body: var body } && body.Member("sobjects") is { ValueKind: JsonValueKind.Array } objects
            ? [.. objects.EnumerateArray().Where(each => each.ValueKind == JsonValueKind.Object).Select(each => each.Text("name") ?? "")]
            : null;

    private static Check Of(IReadOnlyList<RequiredPackage> required, Dictionary<string, Version> installed, DateTimeOffset now)
    {
        var wanted = new List<string>();
        foreach (var package in required)
        {
            var version = installed.GetValueOrDefault(package.Namespace);
            if (version is null ? !package.IfInstalled : version < package.Minimum)
                wanted.Add(version is null ? $"{package} (not installed)" : $"{package} (installed: {version})");
        }
        return wanted.Count > 0
            ? Check.NotPassed(Outcome.Failed, new(
                FailureClass.NotPermitted,
                null,
                $"The org needs these packages in at least these versions: {string.Join(", ", wanted)}; "
                + "its Salesforce administrator must install or upgrade them.",
                now))
            : Check with { Detail = Found(required, installed) };
    }

    private static string Found(IReadOnlyList<RequiredPackage> required, Dictionary<string, Version> installed) => string.Join(", ", required.Select(
        package => installed.TryGetValue(package.Namespace, out var version) ? $"{package.Namespace} {version}" : $"{package.Namespace} is not installed"));

    // An object of a package shows that the package is installed. That there is none shows nothing: the user may not see it.
    private static string HiddenAdvice(IReadOnlyList<RequiredPackage> required, IReadOnlyList<string>? objects)
    {
        var seen = required.Select(package => package.Namespace)
            .Where(name => objects?.Any(each => each.StartsWith($"{name}__", StringComparison.OrdinalIgnoreCase)) == true).ToList();
        return "Salesforce does not show the versions of the org's packages to this user: give the user the permission View Setup and Configuration"
            + (seen.Count > 0 ? $", or look them up in Setup (objects of {string.Join(" and ", seen)} show that it is installed)." : ".");
    }

    private static Dictionary<string, Version>? Installed(JsonElement body)
    {
        // A list that goes on elsewhere is not the whole list.
        if (body.Member("records") is not { ValueKind: JsonValueKind.Array } records || body.Member("done") is { ValueKind: JsonValueKind.False })
            return null;
        var installed = new Dictionary<string, Version>(StringComparer.OrdinalIgnoreCase);
        foreach (var row in records.EnumerateArray())
        {
            if (row.ValueKind != JsonValueKind.Object
                || row.Member(Package) is not { ValueKind: JsonValueKind.Object } package
                || row.Member(PackageVersion) is not { ValueKind: JsonValueKind.Object } version
                || Number(version, Major) is not { } major || Number(version, Minor) is not { } minor)
                return null;
            // An unmanaged package has no namespace.
            if (package.Text(Prefix) is { } name)
                installed[name] = new[] { new Version(major, minor), installed.GetValueOrDefault(name) ?? new(0, 0) }.Max()!;
        }
        return installed;
    }

    private static int? Number(JsonElement version, string name) =>
        version.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) && number >= 0 ? number : null;
}
