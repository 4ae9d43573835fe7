using System.Text.RegularExpressions;
using Grpc.Core;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Callers.Limits;
using Microsoft.Extensions.Primitives;

namespace GrpcCreds.Server.Api;

/// <summary>Checks the headers of a call, as gRPC over HTTP/2 defines them. No error text repeats any part of them.</summary>
internal static partial class GrpcRequest
{
    private const string Encoding = "grpc-encoding", Timeout = "grpc-timeout", Identity = "identity", ContentType = "application/grpc";

    /// <summary>The bytes HTTP/2 counts for a header in addition to its name and value.</summary>
    private const int HeaderOverhead = 32;

    public static RpcException? Problem(HttpRequest request, int maxMetadataBytes) =>
        !HttpMethods.IsPost(request.Method)
            ? Errors.Malformed(StatusCode.Internal, "the HTTP method of a gRPC call must be POST", StatusCodes.Status405MethodNotAllowed)
        : !IsGrpc(request.ContentType)
            ? Errors.Malformed(
                StatusCode.InvalidArgument, "the content-type of a gRPC call must be application/grpc", StatusCodes.Status415UnsupportedMediaType)
        : Size(request.Headers) > maxMetadataBytes
            ? Errors.LimitReached(new($"{LimitsOptions.Section}:{nameof(LimitsOptions.MetadataBytes)}", TimeSpan.FromSeconds(1)))
        : request.Headers.TryGetValue(Timeout, out var timeout) && !(timeout is [{ } text] && TimeoutPattern().IsMatch(text))
            ? Errors.Malformed(StatusCode.InvalidArgument, "grpc-timeout must be 1 to 8 digits and one of H, M, S, m, u, n")
        : null;

    /// <summary>Whether its messages are compressed: a few bytes could decompress to gigabytes.</summary>
    public static bool IsCompressed(HttpRequest request) =>
        request.Headers.TryGetValue(Encoding, out var encoding) && encoding != Identity && !StringValues.IsNullOrEmpty(encoding);

    public static bool IsGrpc(string? contentType) =>
        contentType is not null && contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == ContentType.Length || contentType[ContentType.Length] is '+' or ';');

    private static int Size(IHeaderDictionary headers)
    {
        var size = 0;
        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
                size += name.Length + (value?.Length ?? 0) + HeaderOverhead;
        }
        return size;
    }

    [GeneratedRegex(@"\A[0-9]{1,8}[HMSmun]\z", RegexOptions.CultureInvariant)]
    private static partial Regex TimeoutPattern();
}
