using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using GrpcCreds.Server.Api.Mapping;

namespace GrpcCreds.Server.Api;

/// <summary>
/// Waits for the one message of a request and checks that it can be parsed, so that gRPC, which would log a message it cannot read, only ever sees valid
/// ones. The bytes remain in the pipe for gRPC to read again.
/// <code>
/// 0          1             5
/// flags (0)  length        message
/// </code>
/// </summary>
internal static class RequestMessage
{
    private const int HeaderBytes = 5;

    /// <summary>How long a request may take to arrive completely, in real time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <returns>The error, or null if the request is valid.</returns>
    public static async ValueTask<RpcException?> CheckAsync(HttpContext context, MessageDescriptor type, int maxBytes)
    {
        var reader = context.Request.BodyReader;
        try
        {
            // Usually the request has already arrived.
            if (reader.TryRead(out var first))
            {
                var problem = Problem(first.Buffer, first.IsCompleted, type, maxBytes);
                reader.AdvanceTo(first.Buffer.Start, first.Buffer.End);
                if (problem is not null || first.IsCompleted)
                    return problem;
            }
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            patience.CancelAfter(Patience);
            while (true)
            {
                var result = await reader.ReadAsync(patience.Token);
                var problem = Problem(result.Buffer, result.IsCompleted, type, maxBytes);
                reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                if (problem is not null || result.IsCompleted)
                    return problem;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The request was too slow, possibly for the platform's own limit, or the caller is gone and no one reads this answer.
            return Errors.Malformed(StatusCode.DeadlineExceeded, $"the request did not arrive completely within {Patience.TotalSeconds:0} s");
        }
    }

    private static RpcException? Problem(in ReadOnlySequence<byte> bytes, bool isAll, MessageDescriptor type, int maxBytes)
    {
        if (bytes.Length < HeaderBytes)
        {
            return !isAll ? null
                : bytes.IsEmpty ? Errors.Malformed(StatusCode.Unimplemented, "the call requires one message, and none was sent")
                : Incomplete();
        }
        Span<byte> header = stackalloc byte[HeaderBytes];
        bytes.Slice(0, HeaderBytes).CopyTo(header);
        if (header[0] == 1)
            return Errors.Compressed();
        if (header[0] != 0)
            return Errors.Malformed(StatusCode.Internal, "the message's frame has an unknown flag");
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (length > maxBytes)
            return Errors.TooLarge(maxBytes);
        var more = bytes.Length - HeaderBytes - length;
        if (more > 0)
            return Errors.Malformed(StatusCode.Unimplemented, "the call accepts one message, and more was sent");
        if (!isAll)
            return null;
        return more < 0 ? Incomplete()
            : IsMessage(bytes.Slice(HeaderBytes), type) ? null
            : Errors.Malformed(StatusCode.InvalidArgument, "the request is not a valid message of this call");
    }

    private static RpcException Incomplete() => Errors.Malformed(StatusCode.InvalidArgument, "the request ends before its message is complete");

    private static bool IsMessage(in ReadOnlySequence<byte> bytes, MessageDescriptor type)
    {
        try
        {
            type.Parser.ParseFrom(bytes);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }
}
