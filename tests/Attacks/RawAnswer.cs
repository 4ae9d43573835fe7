using System.Net;
using System.Net.Http.Headers;
using Google.Rpc;
using GrpcCreds.Tests.Support;

namespace GrpcCreds.Tests.Attacks;

/// <summary>One call as HTTP/2 with any headers and any body; what came back.</summary>
internal sealed record RawAnswer(HttpStatusCode Http, string? GrpcStatus, string Text, string? Reason, string? AcceptEncoding)
{
    public static async Task<RawAnswer> CallAsync(HttpMessageInvoker http, Uri address, string path, byte[] body, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path))
            { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.ParseAdd("trailers");
        change?.Invoke(request);
        using var patience = new CancellationTokenSource(Waiting.Long);
        using var response = await http.SendAsync(request, patience.Token);
        await response.Content.ReadAsByteArrayAsync(patience.Token);
        string? Value(string name) =>
            response.Headers.TryGetValues(name, out var values) || response.TrailingHeaders.TryGetValues(name, out values) ? string.Join(',', values) : null;
        var details = Value("grpc-status-details-bin") is { } bin
            ? Status.Parser.ParseFrom(Convert.FromBase64String(bin.PadRight((bin.Length + 3) / 4 * 4, '='))) : null;
        return new(response.StatusCode, Value("grpc-status"), Uri.UnescapeDataString(Value("grpc-message") ?? ""),
            details?.GetDetail<ErrorInfo>()?.Reason, Value("grpc-accept-encoding"));
    }
}
