using System.Runtime.CompilerServices;
using Grpc.Core;
using GrpcCreds.Cli.Commands;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Calls;

/// <summary>Reads WatchCredentialStatus, and opens it again when the connection or the server goes away.</summary>
internal static class StatusStream
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(2);

    /// <summary>Ends when the condition of the request is met; without one, when the user ends it.</summary>
    public static IAsyncEnumerable<CredentialStatus> ReadAsync(Invocation invocation, WatchCredentialStatusRequest request) =>
        ReadAsync(invocation, request, invocation.CancellationToken);

    public static async IAsyncEnumerable<CredentialStatus> ReadAsync(
        Invocation invocation, WatchCredentialStatusRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var wasOpen = false;
        while (true)
        {
            var hasDelivered = false;
            using var call = invocation.Client.WatchCredentialStatus(request, cancellationToken: cancellationToken);
            while (await NextAsync(invocation, call, wasOpen, hasDelivered, cancellationToken) is { } next)
            {
                wasOpen = hasDelivered = true;
                if (next.IsEnd)
                    yield break;
                if (next.Message!.Status is { } status)
                    yield return status;
            }
            await Task.Delay(Wait, cancellationToken);
        }
    }

    /// <returns>A message, the end, or null if the stream broke and is to be opened again.</returns>
    private static async Task<Item?> NextAsync(
        Invocation invocation,
        AsyncServerStreamingCall<WatchCredentialStatusResponse> call,
        bool wasOpen,
        bool hasDelivered,
        CancellationToken cancellationToken)
    {
        try
        {
            return await call.ResponseStream.MoveNext(cancellationToken) ? new(call.ResponseStream.Current, false) : new(null, true);
        }
        catch (RpcException e) when (wasOpen && !cancellationToken.IsCancellationRequested && Refusal.EndsStreamOnly(e, hasDelivered))
        {
            if (Refusal.Reason(e) != "STREAM_EXPIRED")
                invocation.Terminal.Note($"{Refusal.Explain(e).Lines[0]} Opened again in {Wait.TotalSeconds:0} s.");
            return null;
        }
    }

    private sealed record Item(WatchCredentialStatusResponse? Message, bool IsEnd);
}
