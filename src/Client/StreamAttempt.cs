using Grpc.Core;
using GrpcCreds.V1;

namespace GrpcCreds.Client;

/// <summary>Reads one stream from its opening to its end, however it ends.</summary>
internal static class StreamAttempt
{
    /// <param name="open">Sends the request. An exception from it counts as an end of the stream.</param>
    /// <param name="received">Called for each message, in order.</param>
    /// <param name="silence">A stream without a message for this time, including its opening, is dropped.</param>
    /// <param name="time">Measures the silence.</param>
    /// <param name="cancellationToken">Drops the stream.</param>
    /// <returns>null if the token was cancelled.</returns>
    public static async Task<StreamEnd?> ReadAsync(
        Func<CancellationToken, Task<AsyncServerStreamingCall<WatchActiveCredentialResponse>>> open,
        Action<WatchActiveCredentialResponse> received,
        TimeSpan silence,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        using var silent = new CancellationTokenSource(silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silent.Token);
        var answered = false;
        try
        {
            using var call = await open(either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            while (await call.ResponseStream.MoveNext(either.Token).ConfigureAwait(false))
            {
                answered = true;
                silent.CancelAfter(silence);
                received(call.ResponseStream.Current);
            }
            return new StreamEnd(StatusCode.OK, "the service ended the stream", answered);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception) when (silent.IsCancellationRequested)
        {
            return new StreamEnd(StatusCode.DeadlineExceeded, $"no message for {silence.TotalSeconds} s", answered, Silent: true);
        }
        catch (RpcException e)
        {
            return new StreamEnd(e.StatusCode, e.Status.Detail, answered, RetryInfo.From(e.Trailers));
        }
        catch (Exception e)
        {
            // From the application's hooks (caller headers, channel options), whose errors must not end a watch.
            return new StreamEnd(StatusCode.Unknown, $"{e.GetType().Name}: {e.Message}", answered);
        }
    }
}
