using Grpc.Core;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Limits;
using GrpcCreds.Server.Callers.Tokens;
using GrpcCreds.Server.Hosting;
using GrpcCreds.Server.Tenants.Model;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Api;

/// <summary>
/// Sees a call first, before gRPC and before its body is read. It checks that the request is a gRPC call, identifies the caller, and checks that the caller
/// may make this call and is within its limits. Only then does it read the request, within limits on time and size. <see cref="CallerInterceptor"/> makes the
/// decisions that need the request.
/// </summary>
internal sealed class CallGate(
    RequestDelegate next, Authentication authentication, CallerLimits limits, ConnectionGuards connections, RefusedCalls refused, RefusalLog log,
        IOptions<LimitsOptions> options)
{
    /// <summary>The maximum size in bytes of a request without a list: several times the longest fields it can have.</summary>
    public const int MessageBytes = 8_192;

    private const string HealthPages = "/healthz";

    private readonly LimitsOptions sizes = options.Value;

    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (path.StartsWith(HealthPages, StringComparison.OrdinalIgnoreCase))
            return OpenPageAsync(context);
        if (!HttpProtocol.IsHttp2(context.Request.Protocol))
            return next(context);
        var call = new Call(context, path, ConnectionPlace.Of(context));
        if (call.Connection is { IsOver: true } over)
        {
            // The connection is about to be closed. Refusing what is still queued costs next to nothing.
            over.Refuse();
            context.Abort();
            return Task.CompletedTask;
        }
        return Rights.IsOpen(path) ? OpenCallAsync(call)
            : Rights.Calls.TryGetValue(path, out var right) ? CallAsync(call, right) : UnknownCallAsync(call);
    }

    private async Task CallAsync(Call call, Right right)
    {
        var (refusal, caller, place) = await AdmitAsync(call, right);
        using (place)
        using (call)
        {
            refusal ??= await RequestMessage.CheckAsync(call.Context, Rights.Methods[call.Path].InputType,
                Rights.Lists.Contains(call.Path) ? sizes.MessageBytes : MessageBytes);
            if (refusal is not null)
            {
                Refuse(call, caller?.Name, refusal);
                return;
            }
            call.Context.Features.Set(caller);
            await next(call.Context);
        }
    }

    private async Task<(RpcException? Refusal, Caller? Caller, IDisposable? Place)> AdmitAsync(Call call, Right right)
    {
        if (GrpcRequest.Problem(call.Context.Request, sizes.MetadataBytes) is { } problem)
            return (problem, null, null);
        Caller? caller;
        try
        {
            caller = await authentication.IdentifyAsync(call.Context, call.From);
        }
        catch (IssuerUnavailableException e)
        {
            log.Add(
                RefusedCalls.WithoutPort(call.From),
                $"the keys of the token issuer (Callers:Jwt:Issuer) cannot be fetched: {Printable.Of(e.Message)}",
                isWarning: true);
            return (Errors.Of(Reason.IssuerUnavailable, "the token cannot be checked now: its issuer does not answer"), null, null);
        }
        if (caller is null)
            return (Errors.Unauthenticated(), null, null);
        if (call.Connection is { } connection)
            connections.Grpc.Know(connection, caller.Name);
        if (limits.Call(caller.Name) is { } reached)
            return (Errors.LimitReached(reached), caller, null);
        if (!caller.May(right.Role))
            return (Errors.NotPermitted(), caller, null);
        if (GrpcRequest.IsCompressed(call.Context.Request))
            return (Errors.Compressed(), caller, null);
        if (!Rights.Methods[call.Path].IsServerStreaming)
            return (null, caller, null);
        if (!call.TryBeginStream(sizes.StreamsPerConnection))
            return (Errors.LimitReached(new($"{LimitsOptions.Section}:{nameof(LimitsOptions.StreamsPerConnection)}", TimeSpan.FromSeconds(5))), caller, null);
        var place = limits.Stream(caller.Name, out reached);
        return (reached is null ? null : Errors.LimitReached(reached), caller, place);
    }

    private async Task OpenCallAsync(Call call)
    {
        var method = Rights.Methods.GetValueOrDefault(call.Path);
        var refusal = GrpcRequest.Problem(call.Context.Request, sizes.MetadataBytes)
            ?? (limits.StrangersCall(call.Address) ? null : Errors.LimitReached(new("the service (health and reflection calls)", TimeSpan.FromSeconds(1))))
            ?? (GrpcRequest.IsCompressed(call.Context.Request) ? Errors.Compressed() : null)
            // Reflection requests are a stream; gRPC reads it, with a size limit too.
            ?? (method is null ? null : await RequestMessage.CheckAsync(call.Context, method.InputType, MessageBytes));
        if (refusal is not null)
        {
            Refuse(call, null, refusal);
            return;
        }
        // Anything a call leaves running when its time is over ends here.
        using var whole = CancellationTokenSource.CreateLinkedTokenSource(call.Context.RequestAborted);
        call.Context.RequestAborted = whole.Token;
        call.Connection?.BeginOpenCall();
        try
        {
            await next(call.Context);
        }
        finally
        {
            call.Connection?.EndOpenCall();
            await whole.CancelAsync();
        }
    }

    // A path that is not a call of the service. It is not left to routing: routing also matches another case of the name or a trailing slash, and would skip
    // all checks here.
    private Task UnknownCallAsync(Call call)
    {
        refused.Count(call.Connection, Reason.MalformedRequest);
        if (GrpcRequest.IsGrpc(call.Context.Request.ContentType))
            GrpcAnswer.Write(call.Context.Response, Errors.Malformed(StatusCode.Unimplemented, "this call does not exist"));
        else
            call.Context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    // Every request runs all health checks.
    private Task OpenPageAsync(HttpContext context)
    {
        if (limits.StrangersCall(NetworkAddress.Of(context.Connection.RemoteIpAddress)))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        return Task.CompletedTask;
    }

    private void Refuse(Call call, string? caller, RpcException refusal)
    {
        // The caller is gone or the call was aborted: it gets no answer.
        if (call.Context.RequestAborted.IsCancellationRequested)
            return;
        refused.Add(call.Connection, call.From, call.Path, caller, refusal);
        GrpcAnswer.Write(call.Context.Response, refusal);
    }

    private sealed record Call(HttpContext Context, string Path, ConnectionPlace? Connection) : IDisposable
    {
        private bool holdsStream;

        public string From { get; } = RefusedCalls.From(Context.Connection);

        public NetworkAddress Address => Connection?.From ?? NetworkAddress.Of(Context.Connection.RemoteIpAddress);

        public bool TryBeginStream(int max) => Connection is null || (holdsStream = Connection.TryBeginStream(max));

        public void Dispose()
        {
            if (holdsStream)
                Connection!.EndStream();
        }
    }
}
