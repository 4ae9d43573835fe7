using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: requests are logged, and to be safe from line ends in base64.</summary>
internal sealed partial class RequestInLog(ILogger<RequestInLog> log) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request,
        ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        if (log.IsEnabled(LogLevel.Trace))
            Log.Requested(log, context.Method, Convert.ToBase64String(((IMessage)request).ToByteArray()));
        return continuation(request, context);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Trace, "{Method} was asked for: {Request}")]
        public static partial void Requested(ILogger logger, string method, string request);
    }
}
