using System.Diagnostics;
using System.Globalization;

namespace GrpcCreds.Cli.Connection;

/// <summary>Adds the caller's token to every call but those of health, and traces calls by name, status and duration, never by their content.</summary>
internal sealed class CallerHandler(HttpMessageHandler inner, Tokens tokens, Action<string>? trace) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var method = request.RequestUri!.AbsolutePath;
        if (tokens.AreNeeded && !method.StartsWith("/grpc.health.", StringComparison.Ordinal))
            request.Headers.TryAddWithoutValidation("authorization", $"Bearer {await tokens.GetAsync(fresh: false, cancellationToken)}");
        var started = Stopwatch.GetTimestamp();
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            Trace($"{method}: HTTP/{response.Version} {(int)response.StatusCode}", started);
            return response;
        }
        catch (HttpRequestException e)
        {
            Trace($"{method}: {e.HttpRequestError}", started);
            throw;
        }
    }

    private void Trace(string what, long started) =>
        trace?.Invoke($"{what} after {Stopwatch.GetElapsedTime(started).TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture)} ms");
}
