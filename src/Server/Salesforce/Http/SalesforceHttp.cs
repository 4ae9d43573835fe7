using System.Net;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>
/// Sends every request to Salesforce: only to allowed hosts at public addresses, without following redirects, without cookies, through no proxy but the
/// configured one, and within limits on time and size. A request with a body is sent once; the handler may retry one without a body if the connection ended
/// before the first byte of an answer.
/// </summary>
internal sealed class SalesforceHttp : IDisposable
{
    private readonly SalesforceOptions options;
    private readonly Connector connector;
    private readonly HttpClient http;
    private readonly HttpClient largeHttp;

    // Bounds the memory of large answers.
    private readonly SemaphoreSlim largeCalls = new(2);

    public SalesforceHttp(IOptions<SalesforceOptions> options, Connector connector, CallLimits limits)
    {
        this.options = options.Value;
        this.connector = connector;
        // Time and size limits apply to the body too, but only while it is read as a whole: never use ResponseHeadersRead.
        var handler = Handler(limits);
        http = new(handler) { Timeout = limits.WholeCall, MaxResponseContentBufferSize = limits.MaxBytes };
        largeHttp = new(handler, disposeHandler: false) { Timeout = limits.WholeCall, MaxResponseContentBufferSize = limits.MaxLargeBytes };
    }

    /// <exception cref="OperationCanceledException">The caller cancelled the call.</exception>
    public Task<CallResult> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => SendAsync(http, request, cancellationToken);

    /// <summary>Sends a request whose answer may be large. At most two run at once; the others wait.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled the call.</exception>
    public async Task<CallResult> SendLargeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await largeCalls.WaitAsync(cancellationToken);
        try
        {
            return await SendAsync(largeHttp, request, cancellationToken);
        }
        finally
        {
            largeCalls.Release();
        }
    }

    public void Dispose()
    {
        largeHttp.Dispose();
        http.Dispose();
        largeCalls.Dispose();
    }

    private async Task<CallResult> SendAsync(HttpClient client, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!SalesforceHosts.IsAllowed(request.RequestUri!, options))
            return new CallResult.NotSent(NotSentReason.HostNotAllowed);
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
            return new CallResult.Answered((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken))
            {
                Date = response.Headers.Date,
            };
        }
        catch (Exception e) when ((e as NotSentException ?? e.InnerException as NotSentException) is { } notSent)
        {
            return new CallResult.NotSent(notSent.Reason);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ProxyTunnelError)
        {
            return new CallResult.NotSent(NotSentReason.ProxyRefused);
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return MayHaveLeft(request, e) ? new CallResult.NoAnswer() : new CallResult.NotSent(NotSentReason.Unreachable);
        }
    }

    // The body records whether it was sent. A request without a body changes nothing at Salesforce, so the kind of error is precise enough.
    private static bool MayHaveLeft(HttpRequestMessage request, Exception e) => request.Content is OnceContent content
        ? content.Started
        : (e as HttpRequestException)?.HttpRequestError is not
            (HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError);

    private SocketsHttpHandler Handler(CallLimits limits) => new()
    {
        AllowAutoRedirect = false,
        // Traces and baggage of a caller must not be sent to Salesforce.
        ActivityHeadersPropagator = null,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = options.Proxy is not null,
        Proxy = new OutboundProxy(options),
        ConnectTimeout = limits.Connect,
        ConnectCallback = async (context, cancellationToken) => await connector.ConnectAsync(
            context.DnsEndPoint,
            OutboundProxy.Is(context.DnsEndPoint, options) || SalesforceHosts.IsConfigured(context.InitialRequestMessage.RequestUri!, options),
            cancellationToken),
        // Each call uses its own connection: on an old one that the other side is closing, a login would be lost with an unknown outcome.
        PooledConnectionLifetime = TimeSpan.Zero,
        MaxConnectionsPerServer = 100,
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 0,
    };
}
