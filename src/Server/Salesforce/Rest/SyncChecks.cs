using System.Net.Http.Headers;
using System.Text.Json;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>
/// The checks of what the sync needs beyond the API: CUSTOMIZE_APPLICATION, FIELD_ACCESS and PACKAGE_VERSION, and what the org says about itself for IDENTITY.
/// They only read, and cost at most four calls of the org's limit: two composite requests, the list of packages and, where that is hidden, the list of
/// objects.
/// </summary>
internal sealed class SyncChecks(SalesforceHttp http, SalesforceOptions options, TimeProvider clock)
{
    /// <summary>Salesforce's limit of the parts of one composite request.</summary>
    private const int MaxParts = 25;

    private const string Data = $"/services/data/v{RestProbe.Version}";

    private static readonly TimeSpan MaxPatience = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<RequiredObject> objects = RequiredObject.Of(options.RequiredFields);

    private readonly IReadOnlyList<RequiredPackage> packages =
        [.. options.RequiredPackages.Select(package => RequiredPackage.Parse(package.Key, package.Value)).OfType<RequiredPackage>()];

    /// <summary>Adds these checks to a verdict that is successful so far.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <param name="useSandbox">The environment according to the credential.</param>
    /// <param name="byPassword">Whether a saved password made its session.</param>
    /// <param name="sent">The secrets that were sent before, besides the session.</param>
    /// <param name="patience">The time that is left, at most 10 s. A check that is not finished by then is NOT_CHECKED.</param>
    public async Task<TestVerdict> AddToAsync(TestVerdict verdict, bool useSandbox, bool byPassword, IEnumerable<string> sent, TimeSpan? patience = null)
    {
        if (verdict.Session is not { } session || verdict.Checks.Any(check => check.Outcome != Outcome.Succeeded))
            return verdict;
        var now = clock.GetUtcNow();
        var answers = new DataAnswers(byPassword, [session.AccessToken.Reveal(), .. sent], now);
        using var bound = new CancellationTokenSource(patience is { } left && left < MaxPatience ? left : MaxPatience);
        var packageCheck = PackagesAsync(session, answers, now, bound.Token);
        string[] questions = [Query(PermissionCheck.Query), Query(OrgCheck.Query), .. objects.Select(each => $"{Data}/sobjects/{each.Name}/describe")];
        var requests = questions.Chunk(MaxParts).Select(parts => AskAsync(session, parts, answers, bound.Token)).ToList();
        DataAnswer[] parts = [.. (await Task.WhenAll(requests)).SelectMany(part => part)];
        var identity = verdict.Checks.Single(check => check.Name == CheckNames.Identity);
        return verdict.WithIdentity(OrgCheck.Of(identity, session.Identity.OrgId, useSandbox, parts[1], now)).With(
            options,
            PermissionCheck.Of(parts[0], answers, now),
            objects.Count == 0 ? FieldCheck.NothingRequired : FieldCheck.Of([.. objects.Zip(parts.Skip(2))], answers, now),
            await packageCheck);
    }

    private async Task<Check> PackagesAsync(SalesforceSession session, DataAnswers answers, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (packages.Count == 0)
            return PackageCheck.NothingRequired;
        var listed = await GetAsync(session, $"{Data}/tooling/query?q={Uri.EscapeDataString(PackageCheck.Query)}", answers, cancellationToken);
        var seen = listed is DataAnswer.Hidden
            ? PackageCheck.Objects(await GetAsync(session, $"{Data}/sobjects", answers, cancellationToken))
            : null;
        return PackageCheck.Of(packages, listed, seen, answers, now);
    }

    private async Task<DataAnswer> GetAsync(SalesforceSession session, string path, DataAnswers answers, CancellationToken cancellationToken)
    {
        using var request = RestProbe.Get(session, path);
        return answers.Of(await SendAsync(request, cancellationToken));
    }

    // Asks several questions with one request, which counts as one call.
    private async Task<IReadOnlyList<DataAnswer>> AskAsync(
        SalesforceSession session, string[] questions, DataAnswers answers, CancellationToken cancellationToken)
    {
        using var request = RestProbe.Get(session, $"{Data}/composite");
        request.Method = HttpMethod.Post;
        var parts = questions.Select((url, i) => new { method = "GET", url, referenceId = Reference(i) });
        request.Content = new OnceContent(JsonSerializer.SerializeToUtf8Bytes(new { allOrNone = false, compositeRequest = parts }), maySend: null);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var answer = answers.Of(await SendAsync(request, cancellationToken));
        return [.. questions.Select((_, i) => Part(answer, Reference(i), answers))];
    }

    private static DataAnswer Part(DataAnswer answer, string reference, DataAnswers answers)
    {
        if (answer is not DataAnswer.Found { Body: var body })
            return answer is DataAnswer.Hidden hidden ? answers.Closed(hidden.Code) : answer;
        if (body.Member("compositeResponse") is not { ValueKind: JsonValueKind.Array } parts)
            return answers.Strange(200);
        foreach (var part in parts.EnumerateArray())
        {
            if (part.ValueKind == JsonValueKind.Object && part.Text("referenceId") == reference
                && part.Member("httpStatusCode") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var status))
                return answers.Of(status, part.Member("body"));
        }
        return answers.Strange(200);
    }

    private async Task<CallResult> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await http.SendLargeAsync(request, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new CallResult.NoAnswer();
        }
    }

    private static string Query(string soql) => $"{Data}/query?q={Uri.EscapeDataString(soql)}";

    private static string Reference(int number) => $"part{number}";
}
