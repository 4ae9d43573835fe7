using System.Globalization;
using System.Text;
using Grpc.Core;
using GrpcCreds.Server.Api.Mapping;

namespace GrpcCreds.Server.Api;

/// <summary>
/// Ends a call that gRPC never sees with what gRPC calls "Trailers-Only": one block of headers with the status. The rest of the request is not read; the
/// platform resets the stream.
/// </summary>
internal static class GrpcAnswer
{
    public static void Write(HttpResponse response, RpcException error)
    {
        response.StatusCode = Errors.HttpStatusOf(error);
        response.ContentType = "application/grpc";
        response.Headers["grpc-accept-encoding"] = "identity";
        response.Headers["grpc-status"] = ((int)error.StatusCode).ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = Encode(error.Status.Detail);
        foreach (var entry in error.Trailers)
            response.Headers.Append(entry.Key, entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes) : entry.Value);
    }

    // Everything but printable ASCII, and the percent sign itself, is written as the %XX of its UTF-8 bytes.
    private static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var unit in Encoding.UTF8.GetBytes(text))
            _ = unit is >= 0x20 and <= 0x7E and not (byte)'%' ? encoded.Append((char)unit) : encoded.Append(CultureInfo.InvariantCulture, $"%{unit:X2}");
        return encoded.ToString();
    }
}
