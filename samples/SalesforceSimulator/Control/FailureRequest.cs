namespace GrpcCreds.SalesforceSimulator;

/// <summary>A <see cref="Failure"/> as the control API accepts it.</summary>
internal sealed record FailureRequest
{
    public required Endpoint Endpoint { get; init; }

    /// <summary>How many requests fail, at least 1.</summary>
    public int Times { get; init; } = 1;

    public string? Username { get; init; }

    /// <summary>The exceptionCode of a SOAP fault.</summary>
    public string? ExceptionCode { get; init; }

    /// <summary>The errorCode of an error of the data endpoints.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>The code of an OAuth error, sent in the format of its endpoint; for an authorization it is sent to the callback.</summary>
    public string? Error { get; init; }

    public string ErrorDescription { get; init; } = "";

    public Consent? Consent { get; init; }

    public TokenTwist? Twist { get; init; }

    public string? Message { get; init; }

    /// <summary>HTTP status. Default: 500 for a fault, 401 for an error of the data endpoints, 302 for a redirect.</summary>
    public int? Status { get; init; }

    public string Body { get; init; } = "";

    public string ContentType { get; init; } = "text/plain";

    /// <summary>The target of a redirect.</summary>
    public Uri? Location { get; init; }

    public Delivery Delivery { get; init; }

    /// <summary>If left out: until the client disconnects.</summary>
    public int? PauseMilliseconds { get; init; }

    public int Bytes { get; init; }

    /// <exception cref="ArgumentException">The request names no failure.</exception>
    public Failure ToFailure()
    {
        var failure = ExceptionCode is not null ? Failure.Fault(ExceptionCode, Message, Status ?? 500)
            : ErrorCode is not null ? Failure.Rest(Status ?? 401, ErrorCode, Message ?? ErrorCode)
            : Error is not null ? OAuth(Error)
            : Consent is not null ? Failure.Authorization(Consent)
            : Twist is not null ? Failure.Token(Twist)
            : Location is not null ? Failure.Redirect(Status ?? 302, Location)
            : Status is { } status ? Failure.Status(status, Body, ContentType)
            : Delivery is not Delivery.Normal ? new Failure()
            : throw new ArgumentException("name the failure by one of exceptionCode, errorCode, error, consent, twist, location, status or delivery");
        var pause = PauseMilliseconds is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : Timeout.InfiniteTimeSpan;
        return failure with { Delivery = Delivery, Pause = pause, Bytes = Bytes };
    }

    private Failure OAuth(string error) => Endpoint switch
    {
        Endpoint.Authorize => Failure.Authorization(SalesforceSimulator.Consent.Refuse(error, ErrorDescription)),
        Endpoint.Revoke => Failure.Revocation(error, ErrorDescription, Status ?? 400),
        _ => Failure.OAuth(error, ErrorDescription, Status ?? 400),
    };
}
