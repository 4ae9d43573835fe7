using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Limits;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.Server.Hosting;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.V1;

namespace GrpcCreds.Server.Api;

/// <summary>
/// Makes the decisions that need the request: whether the caller, which <see cref="CallGate"/> let in, may make this call for these tenants. Nothing else
/// looks at the request before.
/// </summary>
internal sealed class CallerInterceptor(CallerLimits limits, RefusedCalls refused, ServiceMetrics metrics) : Interceptor
{
    /// <summary>The maximum lifetime of a stream that needs no authentication, in real time.</summary>
    private static readonly TimeSpan OpenStreamLife = TimeSpan.FromMinutes(5);

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        if (Rights.IsOpen(context.Method))
            return await continuation(request, context);
        var caller = Admit(request, context);
        try
        {
            return await continuation(request, context);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.PermissionDenied)
        {
            // A call that finds out itself which tenant it is about.
            metrics.CallRefused(Errors.NameOf(Reason.NotPermitted));
            refused.Add(context.Peer, context.Method, caller.Name, null);
            throw;
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        if (Rights.IsOpen(context.Method))
        {
            await OpenStreamAsync(context, () => continuation(request, responseStream, context));
            return;
        }
        Admit(request, context);
        await continuation(request, responseStream, context);
    }

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        Rights.IsOpen(context.Method) ? continuation(requestStream, context) : throw Refused(Reason.NotPermitted, Errors.NotPermitted());

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        if (!Rights.IsOpen(context.Method))
            throw Refused(Reason.NotPermitted, Errors.NotPermitted());
        await OpenStreamAsync(context, () => continuation(requestStream, responseStream, context));
    }

    private Caller Admit<TRequest>(TRequest request, ServerCallContext context)
    {
        // Every call that reaches gRPC came through the gate, which set the caller.
        var caller = context.GetHttpContext().Features.Get<Caller>() ?? throw Refused(Reason.Unauthenticated, Errors.Unauthenticated());
        var right = Rights.Calls.GetValueOrDefault(context.Method);
        if (!Rights.Allow(caller, right, (IMessage)request!))
        {
            refused.Add(context.Peer, context.Method, caller.Name, right?.TenantsOf((IMessage)request!));
            throw Refused(Reason.NotPermitted, Errors.NotPermitted());
        }
        if (right is { Role: Role.Admin, Reach: Reach.Tenant } && TenantId.TryParse(right.TenantsOf((IMessage)request!).Single(), out var tenant))
            Demand(limits.Write(tenant) ?? (request is StartOAuthSetupRequest ? limits.Setup(tenant) : null));
        caller.EnterInto(context);
        return caller;
    }

    private async Task OpenStreamAsync(ServerCallContext context, Func<Task> stream)
    {
        var http = context.GetHttpContext();
        using var place = limits.StrangersStream(ConnectionPlace.Of(http)?.From ?? NetworkAddress.Of(http.Connection.RemoteIpAddress), out var isReached);
        Demand(isReached ? new("the service (health and reflection streams)", TimeSpan.FromSeconds(5)) : null);
        try
        {
            await stream().WaitAsync(OpenStreamLife);
        }
        catch (TimeoutException)
        {
            // The gate cancels what is still running.
            throw Errors.Of(Reason.StreamExpired, "the stream has reached its maximum lifetime; open it again");
        }
    }

    private void Demand(LimitReached? reached)
    {
        if (reached is not null)
            throw Refused(Reason.LimitReached, Errors.LimitReached(reached));
    }

    private RpcException Refused(Reason reason, RpcException error)
    {
        metrics.CallRefused(Errors.NameOf(reason));
        return error;
    }
}
