using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Tokens;

/// <summary>Sends an app's requests to the token endpoint, measures and logs them. Every outcome is returned as a value.</summary>
internal sealed partial class TokenRequests(SalesforceHttp http, ServiceMetrics metrics, TimeProvider clock, ILogger<TokenRequests> log)
{
    /// <summary>Sends one request, which may take up to 20 s.</summary>
    /// <param name="flow">The flow's name in logs and metrics.</param>
    /// <param name="loginUrl">The host.</param>
    /// <param name="form">The body.</param>
    /// <param name="sent">The values in the body that must not be shown, whatever the answer repeats.</param>
    /// <param name="maySend">Called when the connection is established, right before the first byte: whether the claim on this call is still fresh.</param>
    /// <param name="read">Evaluates the result.</param>
    public async Task<TestVerdict> SendAsync(
        string flow, Uri loginUrl, IEnumerable<KeyValuePair<string, string>> form, IReadOnlyList<string> sent, Func<bool> maySend,
        Func<CallResult, TestVerdict> read)
    {
        var started = clock.GetTimestamp();
        using var request = await OAuthCalls.PostAsync(loginUrl.OriginalString, OAuthCalls.Token, form, maySend);
        var verdict = read(await http.SendAsync(request, CancellationToken.None));
        verdict = verdict with { Failure = verdict.Failure?.WithoutEcho(sent) };
        metrics.CalledOAuth(flow, verdict.Failure?.Class.ToString() ?? "accepted");
        Log.Called(
            log, flow, loginUrl.Authority, verdict.Failure?.Class, verdict.Failure?.SalesforceCode, (long)clock.GetElapsedTime(started).TotalMilliseconds);
        return verdict;
    }

    private static partial class Log
    {
        [LoggerMessage(445, LogLevel.Information, "Salesforce token by {Flow} at {Host}: failure {Failure} {Code}, {Milliseconds} ms")]
        public static partial void Called(ILogger logger, string flow, string host, FailureClass? failure, string? code, long milliseconds);
    }
}
