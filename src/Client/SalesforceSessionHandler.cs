using System.Net.Http.Headers;
using System.Net.Http.Json;
using GrpcCreds.V1;

namespace GrpcCreds.Client;

/// <summary>
/// Makes calls to Salesforce with a tenant's session: sets the newest access token when a request is sent, and only for the host of the session. If
/// Salesforce refuses the session, the handler reports that, waits up to 5 s for a newer session and sends the request once more if its content can be
/// sent again. Attach it by <c>AddSalesforceSession</c>, or manually: <c>new HttpClient(new SalesforceSessionHandler(source) { InnerHandler = new
/// SocketsHttpHandler() }) { BaseAddress = SalesforceSessionHandler.BaseAddress }</c>. Put handlers that retry before it.
/// </summary>
/// <remarks>
/// <para>Throws <see cref="InvalidOperationException"/> and sends nothing if the request goes to a host other than the session's, or has its own
/// Authorization or Host header; <see cref="CredentialWatchStoppedException"/> if the source has stopped without a session. While the tenant has no
/// session a request waits, as <see cref="CredentialSource.GetAsync"/> does, until it is cancelled or <see cref="HttpClient.Timeout"/> expires.</para>
/// <para>Salesforce refuses a session by 401, or by 403 with the text <c>Bad_OAuth_Token</c>. A 401 for a session that may not be used in this way (an
/// IP range, a session level, a missing scope) is reported once per revision and returned immediately: no session solves it.</para>
/// <para>Content that can be sent again: none, <see cref="ByteArrayContent"/> (texts, forms), <see cref="ReadOnlyMemoryContent"/>,
/// <see cref="JsonContent"/>. With any other content the response is returned unchanged, and the next request has the newer session.</para>
/// <para>The token is on the request only while it is being sent. Handlers after this one see it. Redirects are followed without it, because .NET's own
/// handlers drop the header first.</para>
/// </remarks>
public sealed class SalesforceSessionHandler : DelegatingHandler
{
    private readonly CredentialSource source;

    /// <summary>Creates a handler. From now on, every revision that arrives for the tenant counts as used by this node.</summary>
    /// <param name="source">The tenant's source.</param>
    public SalesforceSessionHandler(CredentialSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        this.source = source;
        source.ApplyOnArrival();
    }

    /// <summary>
    /// A placeholder for the session's host, which may change with a renewal. With it as <see cref="HttpClient.BaseAddress"/>,
    /// <c>GetAsync("services/data/v64.0")</c> goes to the session's host. The name never resolves.
    /// </summary>
    public static Uri BaseAddress { get; } = new("https://salesforce.invalid/");

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always, because the handler may have to wait for a session.</exception>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("requests with a Salesforce session can only be sent asynchronously");

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Headers.Authorization is not null || request.Headers.Host is not null)
            throw new InvalidOperationException("the request has its own Authorization or Host header; it was not sent");
        var asked = request.RequestUri;
        var session = await source.GetAsync(cancellationToken).ConfigureAwait(false);
        var target = SalesforceTarget.Of(asked, session);
        try
        {
            var (response, refusal) = await AttemptAsync(request, target, session, cancellationToken).ConfigureAwait(false);
            if (refusal is null || await SuccessorAsync(request, session, refusal, response, cancellationToken).ConfigureAwait(false) is not { } newer)
                return response;
            response.Dispose();
            (response, refusal) = await AttemptAsync(request, SalesforceTarget.Moved(target, newer), newer, cancellationToken).ConfigureAwait(false);
            source.Retried(accepted: refusal is null);
            return response;
        }
        finally
        {
            // Restores the request: an application that sends it again gets the newest session, and no other code sees the token.
            (request.RequestUri, request.Headers.Authorization) = (asked, null);
        }
    }

    private async Task<(HttpResponseMessage Response, Refusal? Refusal)> AttemptAsync(
        HttpRequestMessage request, Uri target, SalesforceSession session, CancellationToken cancellationToken)
    {
        request.RequestUri = target;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session.RevealAccessToken());
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        // After a redirect the token was no longer on the request, so the response says nothing about it.
        if (request.Headers.Authorization is null || request.RequestUri != target)
            return (response, null);
        try
        {
            var refusal = (await Refusal.ReadAsync(response, cancellationToken).ConfigureAwait(false))?.WithoutEchoOf(session);
            if (refusal is null && response.IsSuccessStatusCode && ProvesSession(target))
                source.Worked(session);
            return (response, refusal);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task<SalesforceSession?> SuccessorAsync(
        HttpRequestMessage request, SalesforceSession session, Refusal refusal, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            if (refusal.IsSessionDead && CanBeSentAgain(request.Content))
                return await source.ReplaceAsync(session, FailureClass.SessionRefused, refusal.SalesforceCode, cancellationToken).ConfigureAwait(false);
            if (refusal.IsSessionDead)
                source.Reject(session, refusal.SalesforceCode);
            else
                source.NotePolicy(session, refusal.SalesforceCode);
            return null;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>The list of versions needs no session.</summary>
    private static bool ProvesSession(Uri target) => !target.AbsolutePath.TrimEnd('/').EndsWith("/services/data", StringComparison.Ordinal);

    private static bool CanBeSentAgain(HttpContent? content) => content is null or ByteArrayContent or ReadOnlyMemoryContent or JsonContent;
}
