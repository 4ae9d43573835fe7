using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace GrpcCreds.Client;

/// <summary>
/// Reads the delay of a google.rpc.RetryInfo from the trailers of a failed call. Written by hand because two fields do not justify a package:
/// <code>
/// google.rpc.Status    { int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3; }
/// google.rpc.RetryInfo { google.protobuf.Duration retry_delay = 1; }
/// </code>
/// </summary>
internal static class RetryInfo
{
    /// <summary>The longest delay that a server can impose on a client.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private const uint DetailsTag = (3 << 3) | 2, RetryDelayTag = (1 << 3) | 2;

    /// <returns>0 to <see cref="Longest"/>; null if there is no RetryInfo or it cannot be read.</returns>
    public static TimeSpan? From(Metadata trailers)
    {
        try
        {
            return trailers.GetValueBytes("grpc-status-details-bin") is { } status && Fields(status, DetailsTag).Select(Any.Parser.ParseFrom)
                .FirstOrDefault(any => Any.GetTypeName(any.TypeUrl) == "google.rpc.RetryInfo") is { } info
                ? Delay(info.Value.ToByteArray())
                : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static TimeSpan Delay(byte[] retryInfo)
    {
        var seconds = Fields(retryInfo, RetryDelayTag).Select(Duration.Parser.ParseFrom).Select(delay => delay.Seconds + (delay.Nanos / 1e9)).LastOrDefault();
        return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, Longest.TotalSeconds));
    }

    private static IEnumerable<ByteString> Fields(byte[] message, uint wanted)
    {
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
            if (tag == wanted)
                yield return input.ReadBytes();
            else
                input.SkipLastField();
    }
}
