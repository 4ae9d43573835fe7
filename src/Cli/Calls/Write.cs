using Google.Protobuf;
using Grpc.Core;
using GrpcCreds.Cli.Commands;

namespace GrpcCreds.Cli.Calls;

/// <summary>Sends a write so that no doubt remains: an unanswered write is sent again with the same request id, which applies it at most once.</summary>
internal static class Write
{
    /// <summary>The deadline that the contract recommends for calls that talk to Salesforce.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan[] Waits = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(8)];

    /// <param name="invocation">The command, with its --etag, --request-id and --reason.</param>
    /// <param name="request">The request; the three fields are set here.</param>
    /// <param name="call">The call of the client.</param>
    /// <exception cref="CommandFailedException">The write was not answered; the text says how to find out whether it was applied.</exception>
    public static async Task<TResponse> SendAsync<TRequest, TResponse>(
        Invocation invocation, TRequest request, Func<TRequest, CallOptions, AsyncUnaryCall<TResponse>> call)
        where TRequest : IMessage
    {
        var requestId = Complete(invocation, request);
        var isDoubtful = false;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await call(request, new(deadline: DateTime.UtcNow + Deadline, cancellationToken: invocation.CancellationToken));
            }
            catch (RpcException failure) when (invocation.CancellationToken.IsCancellationRequested)
            {
                if (!isDoubtful && Refusal.NotConnected(failure) is not null)
                    throw new CommandFailedException(Exit.Interrupted, "Interrupted. Nothing was sent.");
                throw new CommandFailedException(Exit.Interrupted, $"Interrupted before the answer came. {Doubt(request, requestId)}");
            }
            catch (RpcException failure) when (Refusal.IsLost(failure))
            {
                isDoubtful |= Refusal.IsDoubtful(failure);
                if (attempt < Waits.Length)
                {
                    await AskAgainAsync(invocation, failure, attempt, isDoubtful, request, requestId);
                    continue;
                }
                if (!isDoubtful)
                    throw;
                throw new CommandFailedException(Exit.Unreachable, $"{Refusal.Explain(failure).Lines[0]}\n{Doubt(request, requestId)}");
            }
        }
    }

    /// <summary>Sets etag, request_id and reason, which every write has.</summary>
    private static string Complete(Invocation invocation, IMessage request)
    {
        var fields = request.Descriptor;
        var requestId = invocation.Value(SharedOptions.RequestId) ?? Guid.NewGuid().ToString();
        fields.FindFieldByName("request_id").Accessor.SetValue(request, requestId);
        if (invocation.Value(SharedOptions.Etag) is { } etag)
            fields.FindFieldByName("etag").Accessor.SetValue(request, etag);
        if (invocation.Value(SharedOptions.Reason) is { } reason)
            fields.FindFieldByName("reason").Accessor.SetValue(request, reason);
        return requestId;
    }

    private static async Task AskAgainAsync(
        Invocation invocation, RpcException failure, int attempt, bool isDoubtful, IMessage request, string requestId)
    {
        var wait = Refusal.RetryDelay(failure) is { } asked && asked > Waits[attempt] ? asked : Waits[attempt];
        invocation.Terminal.Note(
            $"{Refusal.Explain(failure).Lines[0]} Sent again with the same request id in {wait.TotalSeconds:0} s ({attempt + 2} of {Waits.Length + 1}).");
        try
        {
            await Task.Delay(wait, invocation.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw new CommandFailedException(Exit.Interrupted, isDoubtful ? $"Interrupted. {Doubt(request, requestId)}" : "Interrupted. Nothing was sent.");
        }
    }

    private static string Doubt(IMessage request, string requestId)
    {
        var tenant = request.Descriptor.FindFieldByName("tenant_id")?.Accessor.GetValue(request);
        // A write that is bound to an etag is the same write only with that etag.
        var etag = request.Descriptor.FindFieldByName("etag").Accessor.GetValue(request) is string { Length: > 0 } bound ? $" --etag {bound}" : "";
        return $"Whether the write was applied is not known. Its request id is {requestId}.\n"
            + $"To find out, repeat this command with --request-id {requestId}{etag}: it is applied at most once. Or look at: grpccreds status {tenant}";
    }
}
