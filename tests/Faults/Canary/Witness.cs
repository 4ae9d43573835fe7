using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>
/// Keeps all that clients see: answers without what they are there to carry, and errors with every trailer. It also remembers a request of each
/// call that went well, from which bad ones are made.
/// </summary>
internal sealed class Witness(Sinks sinks, Canaries canaries) : Interceptor
{
    /// <summary>The only fields that may carry what somebody typed or Salesforce gave. Nothing else is taken out of an answer.</summary>
    private static readonly HashSet<string> MayCarry =
    [
        "grpccreds.v1.Session.access_token", "grpccreds.v1.PasswordLogin.password", "grpccreds.v1.PasswordLogin.security_token",
        "grpccreds.v1.StartOAuthSetupResponse.authorization_url", "grpccreds.v1.StartOAuthSetupResponse.start_url",
        // Not a secret. A secret put there by mistake is shown to callers with the right to see the status.
        "grpccreds.v1.SavedCredential.username", "grpccreds.v1.PasswordLogin.username", "grpccreds.v1.SavedCredential.consumer_key",
    ];

    private readonly ConcurrentDictionary<string, IMessage> accepted = new();
    private readonly ConcurrentDictionary<string, int> refused = new();

    /// <summary>A request of each call that went well.</summary>
    public IReadOnlyDictionary<string, IMessage> Accepted => accepted;

    /// <summary>The number of errors of each call.</summary>
    public IReadOnlyDictionary<string, int> Refused => refused;

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(request, context);
        return new(LookAsync(), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);

        async Task<TResponse> LookAsync()
        {
            try
            {
                var answer = await call.ResponseAsync;
                Keep(context.Method.Name, request, answer);
                return answer;
            }
            catch (RpcException e)
            {
                Keep(context.Method.Name, e);
                throw;
            }
        }
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(request, context);
        var stream = new Stream<TResponse>(call.ResponseStream, answer => Keep(context.Method.Name, request, answer), e => Keep(context.Method.Name, e));
        return new(stream, call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    private void Keep(string method, object request, object answer)
    {
        if (request is IMessage good)
            accepted.TryAdd(method, good);
        var seen = (IMessage)answer;
        if (seen is V1.StartOAuthSetupResponse started)
            canaries.Add("state", System.Web.HttpUtility.ParseQueryString(new Uri(started.AuthorizationUrl).Query)["state"]!);
        var told = seen.Descriptor.Parser.ParseFrom(seen.ToByteArray());
        Clear(told);
        sinks.Add($"answer of {method}", told.ToByteArray());
    }

    private void Keep(string method, RpcException error)
    {
        refused.AddOrUpdate(method, 1, (_, before) => before + 1);
        sinks.Add($"error of {method}", error.Status.Detail);
        foreach (var entry in error.Trailers)
            sinks.Add($"trailer {entry.Key} of {method}", entry.IsBinary ? entry.ValueBytes : System.Text.Encoding.UTF8.GetBytes(entry.Value));
    }

    private static void Clear(IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (MayCarry.Contains(field.FullName))
                field.Accessor.Clear(message);
            else if (field.FieldType == FieldType.Message)
            {
                foreach (var child in field.Accessor.GetValue(message) switch
                    { null => [], System.Collections.IList many => many.Cast<IMessage>(), var one => [(IMessage)one] })
                    Clear(child);
            }
        }
    }

    private sealed class Stream<T>(IAsyncStreamReader<T> real, Action<T> keep, Action<RpcException> fail) : IAsyncStreamReader<T>
    {
        public T Current => real.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            try
            {
                var more = await real.MoveNext(cancellationToken);
                if (more)
                    keep(Current);
                return more;
            }
            catch (RpcException e)
            {
                fail(e);
                throw;
            }
        }
    }
}
