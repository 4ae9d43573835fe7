using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Rotation;

/// <summary>
/// The Connect REST API's resources for the key and secret of an external client app. Every outcome is returned as a value. Paths that Salesforce returns are
/// followed only below its API and on the session's own host.
/// </summary>
internal sealed class StagedCredentialsClient(SalesforceHttp http, TimeProvider clock)
{
    private const string Base = "/services/data/v65.0/apps/oauth";

    private const int MaxPages = 10;
    private const int MaxApps = 100;

    private const string RightsAdvice =
        "Salesforce does not let the app's Run As user rotate its secret: in Setup, External Client App Settings, allow access to External Client App consumer "
        + "secrets via REST API, and give the user the permissions External Client App Developer and View Client Secret.";

    private const string NoAppAdvice =
        "Salesforce shows the app's Run As user no external client app with this consumer key. Only local external client apps of the org can be rotated, not "
        + "connected apps and not apps of a package.";

    private const string MissingAdvice =
        "The org does not have this resource of the API: rotation needs a local external client app and version 65.0 of the API (Winter '26).";

    private const string UnknownAdvice = "Salesforce did not send a complete answer; the service looks again what it did.";

    /// <summary>Finds the app that has one of these keys as its primary one, and what it has staged.</summary>
    /// <param name="session">The session of a user who may see it.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="known">The path of its staged sets if it was found before.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<RotationAnswer> FindAsync(SalesforceSession session, IReadOnlyCollection<string> keys, string? known, CancellationToken cancellationToken)
    {
        if (known is not null && await PrimaryKeyAsync(session, known, cancellationToken) is ({ } primary, null) && keys.Contains(primary))
            return await StagedAsync(session, known, cancellationToken);
        string? page = $"{Base}/usage";
        var seen = 0;
        for (var pages = 0; page is not null && pages < MaxPages; pages++)
        {
            var (listed, failure) = await GetAsync(session, page, cancellationToken);
            if (listed is not { } body)
                return new RotationAnswer.Failed(failure!);
            foreach (var app in Items(body, "apps"))
            {
                if (app.Text("identifier") is not { } id || !IsId(id) || ++seen > MaxApps)
                    continue;
                var path = $"{Base}/credentials/{id}";
                var (consumers, refused) = await GetAsync(session, path, cancellationToken);
                if (consumers is null && !refused!.IsUndecided && refused.SalesforceCode == "NOT_FOUND")
                    continue;
                if (consumers is null)
                    return new RotationAnswer.Failed(refused!);
                if (Items(consumers.Value, "consumers").FirstOrDefault(each => each.Text("key") is { } key && keys.Contains(key)) is { } consumer
                    && consumer.ValueKind == JsonValueKind.Object && StagedPath(session, path, consumer) is { } staged)
                    return await StagedAsync(session, staged, cancellationToken);
            }
            page = PathOf(session, body.Text("nextPageUrl"));
        }
        return new RotationAnswer.Failed(new(FailureClass.NotPermitted, null, NoAppAdvice, clock.GetUtcNow()));
    }

    /// <summary>What is staged at a path: <see cref="RotationAnswer.Found"/>, or a failure.</summary>
    public async Task<RotationAnswer> StagedAsync(SalesforceSession session, string path, CancellationToken cancellationToken)
    {
        var (body, failure) = await GetAsync(session, path, cancellationToken);
        if (body is not { } list)
            return new RotationAnswer.Failed(failure!);
        // A set that cannot be read must not pass for none.
        var set = SetOf(list, path, session);
        return set is null && Items(list, "stagedCredentials").Any(each => !IsExpired(each))
            ? new RotationAnswer.Failed(Answers(session).Strange(200).Failure)
            : new RotationAnswer.Found(path, set);
    }

    /// <summary>The primary key of the consumer that a path of staged sets belongs to.</summary>
    public async Task<(string? Key, Failure? Failure)> PrimaryKeyAsync(SalesforceSession session, string stagedPath, CancellationToken cancellationToken)
    {
        // …/credentials/{app}/{consumer}/staged
        if (stagedPath.Split('/') is not [.. var app, var consumer, _])
            return (null, new(FailureClass.NotPermitted, null, MissingAdvice, clock.GetUtcNow()));
        var (body, failure) = await GetAsync(session, string.Join('/', app), cancellationToken);
        return body is not { } list ? (null, failure)
            : Items(list, "consumers").FirstOrDefault(each => each.Text("id") == consumer) is { ValueKind: JsonValueKind.Object } found
                ? (found.Text("key"), null)
            : (null, null);
    }

    /// <summary>Has Salesforce make a new set.</summary>
    public async Task<RotationAnswer> StageAsync(SalesforceSession session, string path, Func<bool> maySend, CancellationToken cancellationToken) =>
        await ChangeAsync(session, HttpMethod.Post, path, "", maySend, cancellationToken) switch
        {
            (CallResult.Answered { Status: >= 200 and < 300 } answered, _) =>
                JsonAnswers.ParseObject(answered.Body) is { } body && SetOf(body, path, session) is { ConsumerSecret: { } secret } made
                    ? new RotationAnswer.Made(new(made.ConsumerKey, secret))
                    : Unknown(),
            (_, var failed) => failed!,
        };

    /// <summary>Makes a staged set the primary one; the primary one takes its place.</summary>
    public async Task<RotationAnswer> PromoteAsync(SalesforceSession session, StagedSet set, Func<bool> maySend, CancellationToken cancellationToken) =>
        await ChangeAsync(session, HttpMethod.Patch, set.Path, """{"command":"rotate"}""", maySend, cancellationToken) switch
        {
            (CallResult.Answered { Status: >= 200 and < 300 }, _) => new RotationAnswer.Promoted(),
            (_, var failed) => failed!,
        };

    /// <summary>Ends a staged set. Null if it is gone.</summary>
    public async Task<RotationAnswer.Failed?> DropAsync(SalesforceSession session, StagedSet set, Func<bool> maySend, CancellationToken cancellationToken) =>
        await ChangeAsync(session, HttpMethod.Delete, set.Path, body: null, maySend, cancellationToken) switch
        {
            (CallResult.Answered { Status: (>= 200 and < 300) or 404 or 410 }, _) => null,
            (_, var failed) => failed,
        };

    private async Task<(JsonElement? Body, Failure? Failure)> GetAsync(SalesforceSession session, string path, CancellationToken cancellationToken)
    {
        using var request = RestProbe.Get(session, path);
        return Answers(session).Of(await SendAsync(request, cancellationToken)) switch
        {
            DataAnswer.Found found => (found.Body, null),
            DataAnswer.Hidden hidden => (null, Refused(hidden.Code)),
            DataAnswer.Unusable unusable => (null, unusable.Failure),
            _ => throw new InvalidOperationException("an answer of no known kind"),
        };
    }

    // One request that changes something. Without a clear answer, the next step looks at what it did.
    private async Task<(CallResult Result, RotationAnswer.Failed? Failed)> ChangeAsync(
        SalesforceSession session, HttpMethod method, string path, string? body, Func<bool> maySend, CancellationToken cancellationToken)
    {
        using var request = RestProbe.Get(session, path);
        request.Method = method;
        if (body is not null)
        {
            request.Content = new OnceContent(Encoding.UTF8.GetBytes(body), maySend);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        else if (!maySend())
            return (new CallResult.NotSent(NotSentReason.TooLate), new(TransportFailures.OfNotSent(NotSentReason.TooLate, clock.GetUtcNow())));
        var result = await SendAsync(request, cancellationToken);
        return (result, result switch
        {
            CallResult.Answered { Status: >= 200 and < 300 } => null,
            CallResult.Answered { Status: >= 400 and < 500 } refused => Answers(session).Of(result) switch
            {
                DataAnswer.Hidden hidden => new(Refused(hidden.Code)),
                DataAnswer.Unusable unusable => new(unusable.Failure),
                _ => new(Answers(session).Strange(refused.Status).Failure),
            },
            CallResult.NotSent notSent => new(TransportFailures.OfNotSent(notSent.Reason, clock.GetUtcNow())),
            _ => Unknown(),
        });
    }

    private async Task<CallResult> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await http.SendLargeAsync(request, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return request.Content is OnceContent { Started: false } ? new CallResult.NotSent(NotSentReason.TooLate) : new CallResult.NoAnswer();
        }
    }

    private DataAnswers Answers(SalesforceSession session) => new(byPassword: false, [session.AccessToken.Reveal()], clock.GetUtcNow());

    private Failure Refused(string? code) =>
        new(FailureClass.NotPermitted, code, code is "NOT_FOUND" ? MissingAdvice : RightsAdvice, clock.GetUtcNow());

    private RotationAnswer.Failed Unknown() =>
        new(new(FailureClass.OutcomeUnknown, null, UnknownAdvice, clock.GetUtcNow()), OutcomeUnknown: true);

    private static StagedSet? SetOf(JsonElement list, string path, SalesforceSession session)
    {
        if (Items(list, "stagedCredentials").FirstOrDefault(each => !IsExpired(each)) is not { ValueKind: JsonValueKind.Object } set
            || set.Text("key") is not { } key || !IsPrintable(key))
            return null;
        return new(
            key,
            set.Text("secret") is { } secret && IsPrintable(secret) ? new Secret(secret) : null,
            SalesforceId.OfUser(set.Text("createdBy")),
            DateTimeOffset.TryParse(set.Text("createdDate"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var created) ? created : null,
            IsInState(set, "rotated"),
            PathBelow(path, session, set));
    }

    // Which member has the set's own URL differs between versions of the documentation.
    private static string PathBelow(string path, SalesforceSession session, JsonElement set) =>
        new[] { set.Text("url"), set.Text("stagedCredentialsUrl") }.Select(url => PathOf(session, url))
            .FirstOrDefault(each => each?.StartsWith($"{path}/", StringComparison.Ordinal) == true)
        ?? $"{path}/{(set.Text("id") is { } id && IsId(id) ? id : "none")}";

    private static string? StagedPath(SalesforceSession session, string path, JsonElement consumer) =>
        PathOf(session, consumer.Text("stagedCredentialsUrl")) is { } told && told.StartsWith($"{path}/", StringComparison.Ordinal) ? told
        : consumer.Text("id") is { } id && IsId(id) ? $"{path}/{id}/staged"
        : null;

    // A URL of Salesforce as a path on the session's own host; null if it leads elsewhere.
    private static string? PathOf(SalesforceSession session, string? url) =>
        url is { Length: <= 512 } && Uri.TryCreate(new Uri(session.InstanceUrl), url, out var target)
        && target.GetLeftPart(UriPartial.Authority) == new Uri(session.InstanceUrl).GetLeftPart(UriPartial.Authority)
        && target.AbsolutePath.StartsWith("/services/data/v", StringComparison.Ordinal)
        && target.AbsolutePath.Contains("/apps/oauth/", StringComparison.Ordinal)
            ? target.PathAndQuery
            : null;

    // Sources differ on the name.
    private static bool IsInState(JsonElement set, string state) =>
        string.Equals(set.Text("state") ?? set.Text("status"), state, StringComparison.OrdinalIgnoreCase);

    private static bool IsExpired(JsonElement set) => IsInState(set, "expired");

    // The key is shown to people, and both are sent in forms.
    private static bool IsPrintable(string text) => text.Length <= 1024 && text.All(c => c is > ' ' and < '\x7f');

    private static bool IsId(string id) => id.Length is > 0 and <= 64 && id.All(char.IsAsciiLetterOrDigit);

    private static IEnumerable<JsonElement> Items(JsonElement body, string name) =>
        body.Member(name) is { ValueKind: JsonValueKind.Array } items ? items.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object) : [];
}
