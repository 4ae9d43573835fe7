using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Client;

/// <summary>One open stream of a <see cref="ScriptedServer"/>, in the test's hands.</summary>
internal sealed class ScriptedStream(WatchActiveCredentialRequest request, IServerStreamWriter<WatchActiveCredentialResponse> writer, ServerCallContext context)
{
    private readonly TaskCompletionSource end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WatchActiveCredentialRequest Request => request;

    public string? Authorization { get; } = context.RequestHeaders.GetValue("authorization");

    public string ConnectionId { get; } = context.GetHttpContext().Connection.Id;

    /// <summary>The revision the client says it holds, by tenant.</summary>
    public Dictionary<string, long> Known => request.Tenants.ToDictionary(tenant => tenant.TenantId, tenant => tenant.KnownRevision);

    public async Task RunAsync()
    {
        using var cancelled = context.CancellationToken.Register(() => end.TrySetResult());
        try
        {
            await end.Task;
        }
        finally
        {
            left.TrySetResult();
        }
    }

    public async Task SendAsync(params WatchActiveCredentialResponse[] messages)
    {
        foreach (var message in messages)
            await writer.WriteAsync(message, TestContext.Current.CancellationToken).Soon("the message is written");
    }

    public Task HeartbeatAsync(DateTimeOffset asOf, params string[] staleTenants)
    {
        var heartbeat = new Heartbeat { AsOf = Timestamp.FromDateTimeOffset(asOf), StaleTenantIds = { staleTenants } };
        return SendAsync(new WatchActiveCredentialResponse { Heartbeat = heartbeat });
    }

    /// <summary>Ends the stream with a status, or with OK.</summary>
    public void End(StatusCode status, string detail = "scripted")
    {
        if (status == StatusCode.OK)
            end.TrySetResult();
        else
            end.TrySetException(new RpcException(new Status(status, detail)));
    }

    /// <summary>Ends the stream with a status and a google.rpc.RetryInfo.</summary>
    public void End(StatusCode status, TimeSpan retryDelay) => end.TrySetException(new Google.Rpc.Status
    {
        Code = (int)status,
        Message = "scripted",
        Details =
        {
            Any.Pack(new Google.Rpc.ErrorInfo { Reason = "SHUTTING_DOWN" }),
            Any.Pack(new Google.Rpc.RetryInfo { RetryDelay = Duration.FromTimeSpan(retryDelay) }),
        },
    }.ToRpcException());

    /// <summary>Resets the stream, as a lost server would.</summary>
    public void Cut() => context.GetHttpContext().Abort();

    /// <summary>Waits until the client, or the test, has ended the stream.</summary>
    public Task GoneAsync() => left.Task.Soon("the stream ends");
}
