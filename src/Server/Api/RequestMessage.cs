using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using GrpcCreds.Server.Api.Mapping;

namespace GrpcCreds.Server.Api;

/// <summary>
/// Waits for the one message of a request and looks whether it is one, so that gRPC, which would log what it cannot read, only ever sees good ones.
/// The bytes stay where they are, for gRPC to read again.
/// <code>
/// 0          1             5
/// flags (0)  length        message
/// </code>
/// </summary>
internal static class RequestMessage
{
    private const int HeaderBytes = 5;

    /// <summary>How long a request may take to come whole; real time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <returns>What is wrong with it, or null.</returns>
    public static async ValueTask<RpcException?> CheckAsync(HttpContext context, MessageDescriptor type, int maxBytes)
    {
        var reader = context.Request.BodyReader;
        try
        {
            // Mostly it is there already.
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
            // It was too slow, also for the platform, or has gone; then nobody reads this.
            return Errors.Malformed(StatusCode.DeadlineExceeded, $"the request did not come whole within {Patience.TotalSeconds:0} s");
        }
    }

    private static RpcException? Problem(in ReadOnlySequence<byte> bytes, bool isAll, MessageDescriptor type, int maxBytes)
    {
        if (bytes.Length < HeaderBytes)
        {
            return !isAll ? null
                : bytes.IsEmpty ? Errors.Malformed(StatusCode.Unimplemented, "the call takes one message, and none came")
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
            return Errors.Malformed(StatusCode.Unimplemented, "the call takes one message, and more came");
        if (!isAll)
            return null;
        return more < 0 ? Incomplete() : IsMessage(bytes.Slice(HeaderBytes), type) ? null : Errors.Malformed(StatusCode.InvalidArgument, "the request is no message of this call");
    }

    private static RpcException Incomplete() => Errors.Malformed(StatusCode.InvalidArgument, "the request ends before its message does");

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
