using Grpc.Core;
using Grpc.Core.Interceptors;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Credentials;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Api;

/// <summary>Turns what a call could not handle into the contract's errors; nothing of an exception reaches the caller.</summary>
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
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
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

    private RpcException? Translate(Exception exception, ServerCallContext context)
    {
        // A caller that has gone, or a stream that was cut, is told nothing; what came of it is no error.
        if (context.CancellationToken.IsCancellationRequested)
            return new RpcException(new Status(StatusCode.Cancelled, "the call was cancelled"));
        switch (exception)
        {
            case RpcException:
                return null;
            case StoreUnavailableException:
                return Errors.Of(Reason.StoreUnavailable, $"the store cannot be used now: {exception.Message}");
            case IssuerUnavailableException:
                Log.IssuerUnavailable(log, Printable.Of(exception.Message));
                return Errors.Of(Reason.IssuerUnavailable, "whether the token is good cannot be told now: its issuer does not answer");
            case UnreadableException:
                return Errors.Of(Reason.Unreadable, exception.Message);
            default:
                Log.Failed(log, context.Method, exception);
                return Errors.Of(Reason.Internal, "the service failed; its log says more");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(501, LogLevel.Warning, "The issuer of tokens (Callers:Jwt:Issuer) cannot be asked for its keys: {Why}")]
        public static partial void IssuerUnavailable(ILogger logger, string why);

        [LoggerMessage(500, LogLevel.Error, "{Method} failed")]
        public static partial void Failed(ILogger logger, string method, Exception exception);
    }
}
