using System.Net.Sockets;
using System.Security.Authentication;
using Google.Rpc;
using Grpc.Core;

namespace GrpcCreds.Cli.Calls;

/// <summary>What a failed call means for the user.</summary>
internal static class Refusal
{
    /// <summary>The exit code, and what to tell: the service's text, and every wrong field with what is allowed.</summary>
    public static (int ExitCode, IReadOnlyList<string> Lines) Explain(RpcException failure)
    {
        if (failure.Status.DebugException is CommandFailedException own)
            return (own.ExitCode, [own.Message]);
        if (NotConnected(failure) is { } reason)
            return (Exit.Unreachable, [$"The service cannot be reached: {reason}", "grpccreds doctor finds out why."]);
        var details = failure.GetRpcStatus();
        var fields = details?.GetDetail<BadRequest>()?.FieldViolations.Select(field => $"{field.Field}: {field.Description}").ToList() ?? [];
        var name = details?.GetDetail<ErrorInfo>()?.Reason ?? failure.StatusCode.ToString();
        return (Code(failure.StatusCode), fields.Count > 1 ? [$"{fields.Count} fields are wrong ({name}):", .. fields] : [$"{failure.Status.Detail} ({name})"]);
    }

    /// <summary>Whether the call may have been carried out although it was not answered.</summary>
    public static bool IsDoubtful(RpcException failure) =>
        failure.Status.DebugException is not CommandFailedException && NotConnected(failure) is null && IsLost(failure);

    /// <summary>Whether to send the same call again: it was not answered, or the service says so.</summary>
    public static bool IsLost(RpcException failure) =>
        failure.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Unknown or StatusCode.Internal or StatusCode.Cancelled
            && Reason(failure) is null or "STORE_UNAVAILABLE" or "SHUTTING_DOWN" or "CONTENTION";

    /// <summary>
    /// Whether a stream is to be opened again: the connection or server went away, the stream was too old, or the token with which it was opened has
    /// ended and a fresh one may be accepted.
    /// </summary>
    public static bool EndsStreamOnly(RpcException failure, bool hasDelivered) =>
        IsLost(failure) || Reason(failure) is "STREAM_EXPIRED" || (failure.StatusCode == StatusCode.Unauthenticated && hasDelivered);

    /// <summary>The service's reason; null if the service did not answer.</summary>
    public static string? Reason(RpcException failure) => failure.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason;

    /// <summary>How long the service asks to wait.</summary>
    public static TimeSpan? RetryDelay(RpcException failure) => failure.GetRpcStatus()?.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan();

    /// <summary>Why no connection stands, so that nothing was sent; null if one stood.</summary>
    public static string? NotConnected(RpcException failure)
    {
        if (failure.Status.DebugException is SocketException connecting)
            return $"{connecting.Message}.";
        if (failure.Status.DebugException is not HttpRequestException http)
            return null;
        for (Exception? inner = http; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case SocketException { SocketErrorCode: not SocketError.ConnectionReset } socket
                    when http.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError:
                    return $"{socket.Message}.";
                case AuthenticationException tls when http.HttpRequestError == HttpRequestError.SecureConnectionError:
                    return $"TLS: {tls.Message}";
                case TimeoutException when http.HttpRequestError == HttpRequestError.ConnectionError:
                    return "the connection timed out.";
                default:
                    break;
            }
        }
        return null;
    }

    private static int Code(StatusCode code) => code switch
    {
        StatusCode.Unauthenticated or StatusCode.PermissionDenied => Exit.NotAllowed,
        StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Internal or StatusCode.Unknown or StatusCode.Unimplemented => Exit.Unreachable,
        _ => Exit.Refused,
    };
}
