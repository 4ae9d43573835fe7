using System.Net;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>
/// The one door to Salesforce: only allowed hosts at public addresses, no redirect followed, no cookie kept, no proxy but that of the settings, bounded in time and size.
/// What has a body is sent once; a request without one may be tried again by the handler if the connection ended before a byte of an answer.
/// </summary>
internal sealed class SalesforceHttp : IDisposable
{
    private readonly SalesforceOptions options;
    private readonly Connector connector;
    private readonly HttpClient http;

    public SalesforceHttp(IOptions<SalesforceOptions> options, Connector connector, CallLimits limits)
    {
        this.options = options.Value;
        this.connector = connector;
        // Time and size bound the body too, as long as it is read as one: never send with ResponseHeadersRead.
        http = new(Handler(limits)) { Timeout = limits.WholeCall, MaxResponseContentBufferSize = limits.MaxBytes };
    }

    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<CallResult> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!SalesforceHosts.IsAllowed(request.RequestUri!, options))
            return new CallResult.NotSent(NotSentReason.HostNotAllowed);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
            return new CallResult.Answered((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken));
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

    public void Dispose() => http.Dispose();

    // The body knows; a request without one changes nothing at Salesforce, so the kind of the error is good enough.
    private static bool MayHaveLeft(HttpRequestMessage request, Exception e) => request.Content is OnceContent content
        ? content.Started
        : (e as HttpRequestException)?.HttpRequestError is not
            (HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError);

    private SocketsHttpHandler Handler(CallLimits limits) => new()
    {
        AllowAutoRedirect = false,
        // What traces and baggage a caller brought is not Salesforce's to know.
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
        // Each call has a connection of its own: on an old one that the other side is just closing, a login would be lost with unknown outcome.
        PooledConnectionLifetime = TimeSpan.Zero,
        MaxConnectionsPerServer = 100,
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 0,
    };
}
