using Grpc.Core;

namespace GrpcCreds.Client;

/// <summary>How a stream ended.</summary>
/// <param name="Code">The status; OK if the service ended it without one.</param>
/// <param name="Detail">A text with further details.</param>
/// <param name="Answered">Whether a message was received on the stream.</param>
/// <param name="RetryAfter">The delay of the service's RetryInfo.</param>
/// <param name="Silent">Whether the client dropped the stream because no more messages arrived.</param>
internal sealed record StreamEnd(StatusCode Code, string Detail, bool Answered, TimeSpan? RetryAfter = null, bool Silent = false);

/// <summary>What to do next: stop for a reason, or wait and open a stream again, on a new channel or on the existing one.</summary>
/// <param name="Delay">How long to wait.</param>
/// <param name="NewChannel">Whether to open a new channel.</param>
/// <param name="StopReason">Why to stop; null to continue.</param>
/// <param name="IsOfRequest">Whether the service refused this particular request: a different request need not wait as long, nor stop.</param>
internal sealed record Next(TimeSpan Delay, bool NewChannel = false, string? StopReason = null, bool IsOfRequest = false);

/// <summary>
/// Rule 5 of the watch: decides by the status how to continue. Waits are random (full jitter), so that many clients do not return at the same moment.
/// </summary>
/// <param name="min">Upper end of the first random wait.</param>
/// <param name="max">Upper end of every random wait.</param>
/// <param name="random">Returns a random number from 0 to 1.</param>
internal sealed class Reconnect(TimeSpan min, TimeSpan max, Func<double> random)
{
    /// <summary>After this many consecutive attempts without a message, name resolution and connection start again.</summary>
    public const int FailuresPerChannel = 3;

    public static readonly TimeSpan FirstRefusal = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Refusal = TimeSpan.FromSeconds(60), RefusalJitter = TimeSpan.FromSeconds(6);

    private int failures;
    private int refusals;

    /// <summary>Whether the service has refused the caller since the last message.</summary>
    public bool Refused => refusals > 0;

    public void MessageCame() => failures = refusals = 0;

    public Next After(StreamEnd end) => end.Code switch
    {
        StatusCode.InvalidArgument or StatusCode.Unimplemented when SaidByService(end) =>
            new(TimeSpan.Zero, StopReason: $"the service refused the request ({end.Code}: {end.Detail})", IsOfRequest: end.Code == StatusCode.InvalidArgument),
        StatusCode.Unauthenticated or StatusCode.PermissionDenied =>
            // A connection keeps the client certificate with which it was opened.
            new(refusals++ == 0 ? FirstRefusal : Refusal + (random() * RefusalJitter), NewChannel: true, IsOfRequest: true),
        _ => Again(end),
    };

    /// <summary>The gRPC client converts a proxy's HTTP error to a status code: 404 becomes UNIMPLEMENTED, which must not stop a watch permanently.</summary>
    private static bool SaidByService(StreamEnd end) => !end.Detail.StartsWith("Bad gRPC response.", StringComparison.Ordinal);

    /// <remarks>
    /// UNAVAILABLE with RetryInfo asks the client to connect elsewhere (shutdown, rebalancing), and silence means a connection that cannot be trusted:
    /// both require a new connection.
    /// </remarks>
    private Next Again(StreamEnd end)
    {
        if (!end.Answered)
            failures++;
        var window = Math.Min(max.TotalMilliseconds, min.TotalMilliseconds * Math.Pow(2, failures));
        var wait = end.RetryAfter ?? TimeSpan.Zero;
        var leave = end.Silent || (end.Code == StatusCode.Unavailable && end.RetryAfter is not null);
        return new(
            wait + TimeSpan.FromMilliseconds(Math.Max(1, random() * Math.Max(window, wait.TotalMilliseconds))),
            NewChannel: leave || (failures > 0 && failures % FailuresPerChannel == 0));
    }
}
