using System.Net.Http.Headers;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Salesforce.Soap;

/// <summary>The service's calls to Salesforce in password mode. Each call is one request, and each outcome is returned as a value.</summary>
internal sealed partial class SalesforceClient(SalesforceHttp http, IOptions<SalesforceOptions> options, TimeProvider clock, ILogger<SalesforceClient> log)
{
    private const string NotAcceptedAdvice =
        "Salesforce's API does not accept the session that the login has just returned: check the org's session settings, the login IP ranges and the user's "
        + "login history.";

    /// <summary>When a test must be over, from its first request: it then fits within the 60 s of a claim, whatever went before.</summary>
    private static readonly TimeSpan MaxTest = TimeSpan.FromSeconds(45);

    private readonly SyncChecks syncChecks = new(http, options.Value, clock);

    /// <summary>
    /// Logs in once with a password. Every outcome is a verdict, with the checks LOGIN and IDENTITY; only a stop of the server ends it without one.
    /// </summary>
    /// <param name="credential">The credential to log in with.</param>
    /// <param name="expected">The user the session must belong to; null allows any user.</param>
    /// <param name="maySend">Called when the connection is established, right before the first byte: whether the claim on this login is still fresh.</param>
    public async Task<TestVerdict> LoginAsync(PasswordCredential credential, SalesforceIdentity? expected = null, Func<bool>? maySend = null)
    {
        var started = clock.GetTimestamp();
        var baseUrl = options.Value.LoginBaseUrl(credential.UseSandbox, credential.MyDomain);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(baseUrl, SoapLogin.Path));
        request.Headers.Add("SOAPAction", "\"\"");
        request.Content = new OnceContent(SoapLogin.Request(credential.Username, credential.Password, credential.SecurityToken), maySend);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("text/xml", "UTF-8");

        var result = await http.SendAsync(request, CancellationToken.None);
        var verdict = new LoginVerdicts(options.Value, baseUrl, credential.UseSandbox, expected, clock.GetUtcNow()).Of(result);
        verdict = verdict with { Failure = verdict.Failure?.WithoutEcho(Sent(credential)) };
        Log.LoggedIn(
            log, baseUrl.Authority, verdict.Failure?.Class, verdict.Failure?.SalesforceCode, (long)clock.GetElapsedTime(started).TotalMilliseconds);
        return verdict;
    }

    /// <summary>Asks Salesforce whether it still accepts a session. Changes nothing, neither there nor here.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled the call.</exception>
    public Task<SessionCheck> CheckSessionAsync(SalesforceSession session, CancellationToken cancellationToken) =>
        CheckSessionAsync(session, sent: [], cancellationToken);

    private async Task<SessionCheck> CheckSessionAsync(SalesforceSession session, IEnumerable<string> sent, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        using var request = RestProbe.Request(session);
        var check = RestProbe.Of(await http.SendAsync(request, cancellationToken), byPassword: true, clock.GetUtcNow())
            .WithoutEcho([session.AccessToken.Reveal(), .. sent]);
        Log.Checked(
            log,
            session.InstanceUrl,
            check.Liveness,
            check.Failure?.Class,
            check.Failure?.SalesforceCode,
            (long)clock.GetElapsedTime(started).TotalMilliseconds);
        return check;
    }

    /// <summary>
    /// Logs in, tries the API with the new session, and looks at what the sync needs: all checks, up to the first that decides and does not pass. At most
    /// two requests of 20 s, and the <see cref="SyncChecks"/> in the time that these leave.
    /// </summary>
    public async Task<TestVerdict> CheckAccessAsync(PasswordCredential credential, SalesforceIdentity? expected = null, Func<bool>? maySend = null)
    {
        var started = clock.GetTimestamp();
        var login = await LoginAsync(credential, expected, maySend);
        if (login.Session is not { } session)
            return login;
        var probe = await CheckSessionAsync(session, Sent(credential), CancellationToken.None);
        // A session that ends at once is no coincidence: a setting of the org ends it, and would end the next one too.
        var verdict = login.WithApi(
            probe is { Liveness: Liveness.Dead, Failure: { } failure }
                ? probe with { Failure = failure with { Class = FailureClass.NotPermitted, Advice = NotAcceptedAdvice } }
                : probe,
            options.Value);
        return await syncChecks.AddToAsync(verdict, credential.UseSandbox, byPassword: true, Sent(credential), TimeLeft(started));
    }

    // The clock of a test may jump.
    private TimeSpan TimeLeft(long started) => MaxTest - clock.GetElapsedTime(started) is { } left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    // Password and security token are also sent as one value.
    private static string[] Sent(PasswordCredential credential) =>
    [
        credential.Username, credential.Password.Reveal(), credential.SecurityToken.Reveal(), credential.Password.Reveal() + credential.SecurityToken.Reveal(),
    ];

    private static partial class Log
    {
        [LoggerMessage(400, LogLevel.Information, "Salesforce login at {Host}: failure {Failure} {Code}, {Milliseconds} ms")]
        public static partial void LoggedIn(ILogger logger, string host, FailureClass? failure, string? code, long milliseconds);

        [LoggerMessage(401, LogLevel.Information, "Salesforce session at {Host}: {Liveness}, failure {Failure} {Code}, {Milliseconds} ms")]
        public static partial void Checked(ILogger logger, string host, Liveness liveness, FailureClass? failure, string? code, long milliseconds);
    }
}
