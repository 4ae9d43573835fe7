using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Api;

/// <summary>Turns exceptions that a call does not handle into the contract's errors; no detail of an exception reaches the caller.</summary>
internal sealed partial class ErrorInterceptor(ILogger<ErrorInterceptor> log) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception e) when (Translate(e, context) is { } error)
        {
            throw error;
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception e) when (Translate(e, context) is { } error)
        {
            throw error;
        }
    }

    // For reflection: the gate does not check what it reads.
    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidDataException or IOException)
        {
            throw Errors.Malformed(StatusCode.InvalidArgument, "the request is not a valid message of this call");
        }
        catch (Exception e) when (Translate(e, context) is { } error)
        {
            throw error;
        }
    }

    private RpcException? Translate(Exception exception, ServerCallContext context)
    {
        // The caller is gone or the stream was aborted: it gets no answer, and what the cancellation caused is not an error.
        if (context.CancellationToken.IsCancellationRequested)
            return new RpcException(new Status(StatusCode.Cancelled, "the call was cancelled"));
        switch (exception)
        {
            case RpcException:
                return null;
            case StoreDamagedException:
                return Errors.Of(Reason.Unreadable, exception.Message);
            case StoreUnavailableException:
                return Errors.Of(Reason.StoreUnavailable, $"the store cannot be used now: {exception.Message}");
            case UnreadableException:
                return Errors.Of(Reason.Unreadable, exception.Message);
            default:
                Log.Failed(log, context.Method, exception);
                return Errors.Of(Reason.Internal, "the service failed; see its log");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(500, LogLevel.Error, "{Method} failed")]
        public static partial void Failed(ILogger logger, string method, Exception exception);
    }
}
