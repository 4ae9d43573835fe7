using GrpcCreds.SalesforceSimulator;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>Every way in which a script can make Salesforce fail, with secrets in whatever text it then sends.</summary>
internal static class SalesforceFaults
{
    /// <summary>By the name of what makes the failure. Those that last come first, so that the others go on beside them.</summary>
    public static IReadOnlyDictionary<string, Func<Canaries, IEnumerable<Failure>>> Rows { get; } = new Dictionary<string, Func<Canaries, IEnumerable<Failure>>>
    {
        [nameof(Failure.SlowHeaders)] = _ => [Failure.SlowHeaders()],
        [nameof(Failure.DribbledBody)] = _ => [Failure.DribbledBody(TimeSpan.FromSeconds(1))],
        [nameof(Failure.LyingContentLength)] = _ => [Failure.LyingContentLength(50), Failure.LyingContentLength(-20)],
        [nameof(Failure.Fault)] = canaries => [Failure.Fault("INVALID_LOGIN", Text(canaries)), Failure.Fault(Code(canaries), Text(canaries), 200)],
        [nameof(Failure.Rest)] = canaries => [Failure.Rest(401, "INVALID_SESSION_ID", Text(canaries)), Failure.Rest(400, Code(canaries), Text(canaries))],
        // A word that is unknown is shown, so it is no secret: of what is no word, nothing is.
        [nameof(Failure.OAuth)] = canaries => [Failure.OAuth("invalid_grant", Text(canaries)), Failure.OAuth(Text(canaries), Text(canaries), 401)],
        [nameof(Failure.Revocation)] = canaries => [Failure.Revocation("invalid_token", Text(canaries)), Failure.Revocation(Text(canaries), Text(canaries))],
        // The browser receives it and takes it to the callback: see Pages.
        [nameof(Failure.Authorization)] = canaries => [],
        [nameof(Failure.Token)] = canaries =>
        [
            Failure.Token(new() { BadSignature = true }), Failure.Token(new() { WithoutRefreshToken = true }), Failure.Token(new() { Scope = Text(canaries) }),
            Failure.Token(new() { UserId = Text(canaries) }), Failure.Token(new() { InstanceUrl = Url(canaries) }), Failure.Token(new() { Without = "id" }),
        ],
        [nameof(Failure.Status)] = canaries =>
        [
            Failure.Status(503, Text(canaries)), Failure.Status(429, Text(canaries)),
            Failure.Status(200, $"{{\"access_token\":\"{Text(canaries)}", "application/json"),
            Failure.Status(200, $"<Envelope>{Code(canaries)}</{Code(canaries)}>", "text/xml"), Failure.Status(500, Text(canaries), Code(canaries)),
        ],
        [nameof(Failure.Html)] = _ => [Failure.Html()],
        [nameof(Failure.Redirect)] = canaries => [Failure.Redirect(307, Url(canaries))],
        [nameof(Failure.EndlessBody)] = _ => [Failure.EndlessBody()],
        [nameof(Failure.Oversized)] = _ => [Failure.Oversized(100_000)],
        [nameof(Failure.Truncated)] = _ => [Failure.Truncated()],
        [nameof(Failure.ResetBeforeProcessing)] = _ => [Failure.ResetBeforeProcessing()],
        [nameof(Failure.ResetAfterProcessing)] = _ => [Failure.ResetAfterProcessing()],
    };

    public static IEnumerable<Failure> All(Canaries canaries) => Rows.Values.SelectMany(row => row(canaries));

    private static string Text(Canaries canaries) => canaries.Strange("text from Salesforce");

    private static string Code(Canaries canaries) => canaries.Plain("code from Salesforce");

    private static Uri Url(Canaries canaries) => new($"http://127.0.0.1:1/{canaries.Plain("URL from Salesforce")}");
}
