namespace GrpcCreds.SalesforceSimulator;

/// <summary>How a request fails: a different response, a different way of sending it, or both.</summary>
public sealed record Failure
{
    /// <summary>Sent instead of the real response; the request is not processed. Null: the real response.</summary>
    public Answer? Answer { get; init; }

    /// <summary>Decides an authorization request, instead of the simulator's own consent.</summary>
    public Consent? Consent { get; init; }

    /// <summary>Changes the response of the token endpoint; tokens are issued nevertheless.</summary>
    public TokenTwist? Twist { get; init; }

    public Delivery Delivery { get; init; }

    /// <summary>Real time before the headers, or after each byte of the body. The default waits until the client disconnects.</summary>
    public TimeSpan Pause { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Padding of an oversized body, or the number that a lying Content-Length adds to the true length (negative: subtracts from it).</summary>
    public int Bytes { get; init; }

    /// <summary>A SOAP fault with any exceptionCode. Salesforce sends it with 500; a client must recognize it in a 200 as well.</summary>
    public static Failure Fault(string exceptionCode, string? message = null, int status = 500) =>
        new() { Answer = SoapFault.Answer(exceptionCode, message, status) };

    /// <summary>An error of the data endpoints, in their JSON.</summary>
    public static Failure Rest(int status, string errorCode, string message) => new() { Answer = RestError.Of(status, errorCode, message) };

    /// <summary>An error of the token and introspection endpoints, in their JSON.</summary>
    public static Failure OAuth(string error, string errorDescription, int status = 400) =>
        new() { Answer = OAuthError.Json(error, errorDescription, status) };

    /// <summary>An error of the revocation endpoint, form-encoded.</summary>
    public static Failure Revocation(string error, string errorDescription, int status = 400) =>
        new() { Answer = OAuthError.Form(error, errorDescription, status) };

    /// <summary>Any outcome of an authorization: another user, an error for the callback, a dead end.</summary>
    public static Failure Authorization(Consent consent) => new() { Consent = consent };

    /// <summary>A token response with an error in it.</summary>
    public static Failure Token(TokenTwist twist) => new() { Twist = twist };

    /// <summary>Any status with any body, for example 503, 420 or 429.</summary>
    public static Failure Status(int status, string body = "", string contentType = "text/plain") =>
        new() { Answer = new(status, contentType, body) };

    /// <summary>A page for people, as sent by Salesforce's edge servers.</summary>
    public static Failure Html(int status = 200) => new() { Answer = Answer.Html(status) };

    /// <summary>A redirect with status 301 to 308 to any location.</summary>
    public static Failure Redirect(int status, Uri location) =>
        new() { Answer = Answer.Text(status, "") with { Headers = new Dictionary<string, string> { ["Location"] = location.ToString() } } };

    public static Failure SlowHeaders(TimeSpan? pause = null) =>
        new() { Delivery = Delivery.SlowHeaders, Pause = pause ?? Timeout.InfiniteTimeSpan };

    public static Failure DribbledBody(TimeSpan pause) => new() { Delivery = Delivery.DribbledBody, Pause = pause };

    public static Failure EndlessBody() => new() { Delivery = Delivery.EndlessBody };

    public static Failure Oversized(int bytes) => new() { Delivery = Delivery.Oversized, Bytes = bytes };

    public static Failure LyingContentLength(int bytes) => new() { Delivery = Delivery.LyingContentLength, Bytes = bytes };

    public static Failure Truncated() => new() { Delivery = Delivery.Truncated };

    public static Failure ResetBeforeProcessing() => new() { Delivery = Delivery.ResetBeforeProcessing };

    public static Failure ResetAfterProcessing() => new() { Delivery = Delivery.ResetAfterProcessing };
}
