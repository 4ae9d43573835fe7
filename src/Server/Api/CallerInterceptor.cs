using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Credentials;
using GrpcCreds.Server.Observability;
using GrpcCreds.V1;

namespace GrpcCreds.Server.Api;

/// <summary>
/// The one door: who calls, how much he may ask for, and whether he may ask this; before the request is looked at in any other way.
/// </summary>
internal sealed class CallerInterceptor(Authentication authentication, CallerLimits limits, View view, Refusals refusals, ServiceMetrics metrics) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        if (Rights.IsOpen(context.Method))
            return await continuation(request, context);
        var caller = await AdmitAsync(request, context);
        try
        {
            return await continuation(request, context);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.PermissionDenied)
        {
            // A call that finds out by itself whose tenant it is about.
            Note(context, caller.Name, Reason.NotPermitted, null);
            throw;
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        if (Rights.IsOpen(context.Method))
        {
            using var any = StrangersPlace();
            await continuation(request, responseStream, context);
            return;
        }
        var caller = await AdmitAsync(request, context);
        using var place = limits.Stream(caller.Name, out var reached);
        Demand(reached);
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
        using var any = StrangersPlace();
        await continuation(requestStream, responseStream, context);
    }

    private async Task<Caller> AdmitAsync<TRequest>(TRequest request, ServerCallContext context)
    {
        var caller = await authentication.IdentifyAsync(context.GetHttpContext(), context.Peer);
        if (caller is null)
        {
            Note(context, null, Reason.Unauthenticated, null);
            throw Errors.Unauthenticated();
        }
        Demand(limits.Call(caller.Name));
        var right = Rights.Calls.GetValueOrDefault(context.Method);
        if (!Rights.Allow(caller, right, (IMessage)request!))
        {
            Note(context, caller.Name, Reason.NotPermitted, right?.TenantsOf((IMessage)request!));
            throw Refused(Reason.NotPermitted, Errors.NotPermitted());
        }
        if (right is { Role: Role.Admin, Reach: Reach.Tenant } && TenantId.TryParse(right.TenantsOf((IMessage)request!).Single(), out var tenant))
            Demand(limits.Write(tenant) ?? (request is StartOAuthSetupRequest ? limits.Setup(tenant) : null));
        caller.EnterInto(context);
        return caller;
    }

    // A port tells nothing and would make every call another kind; a tenant that does not exist is only text that somebody sent.
    private void Note(ServerCallContext context, string? caller, Reason reason, IEnumerable<string>? tenants)
    {
        var from = context.Peer.LastIndexOf(':') is > 0 and var port ? context.Peer[..port] : context.Peer;
        TenantId? tenant = tenants?.FirstOrDefault() is { } text && TenantId.TryParse(text, out var named) && view.KnownRev(named) > 0 ? named : null;
        refusals.Add(new(caller, from, Rights.NameOf(context.Method), Errors.NameOf(reason), tenant));
    }

    private IDisposable StrangersPlace()
    {
        var place = limits.StrangersStream(out var reached);
        return reached ? throw Refused(Reason.LimitReached, Errors.LimitReached(new("(streams of health and reflection)", TimeSpan.FromSeconds(5)))) : place;
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
