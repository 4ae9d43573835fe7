using System.Net.Http.Headers;
using System.Net.Http.Json;
using GrpcCreds.V1;

namespace GrpcCreds.Client;

/// <summary>
/// Makes calls to Salesforce with a tenant's session: sets the newest access token when a request is sent, and only for the host of the session. Where
/// Salesforce refuses the session it reports that, waits up to 5 s for a newer one and sends the request once more, if its content can be sent again.
/// Attach it by <c>AddSalesforceSession</c>, or by hand: <c>new HttpClient(new SalesforceSessionHandler(source) { InnerHandler = new SocketsHttpHandler() })
/// { BaseAddress = SalesforceSessionHandler.BaseAddress }</c>. Put handlers that retry before it.
/// </summary>
/// <remarks>
/// <para>Throws <see cref="InvalidOperationException"/> and sends nothing if the request goes to another host than the session's, or brings an Authorization or
/// Host header of its own; <see cref="CredentialWatchStoppedException"/> if the source has stopped without a session. While the tenant has no session a request
/// waits, as <see cref="CredentialSource.GetAsync"/> does, until it is cancelled or <see cref="HttpClient.Timeout"/> is over.</para>
/// <para>What counts as refused: 401, and 403 with the text <c>Bad_OAuth_Token</c>. A 401 that says that the session may not be used in this way (an IP range, a
/// session level, a missing scope) is reported once per revision and returned at once: no session cures it.</para>
/// <para>Content that can be sent again: none, <see cref="ByteArrayContent"/> (texts, forms), <see cref="ReadOnlyMemoryContent"/>,
/// <see cref="JsonContent"/>. With any other the response is returned as it came, and the next request has the newer session.</para>
/// <para>The token is on the request only while it is under way. Handlers below this one see it; redirects lose it, because .NET's own handlers drop the
/// header before they follow one.</para>
/// </remarks>
public sealed class SalesforceSessionHandler : DelegatingHandler
{
    private readonly CredentialSource source;

    /// <summary>Makes a handler. From now on what arrives for the tenant counts as used by this node.</summary>
    /// <param name="source">The tenant's source.</param>
    public SalesforceSessionHandler(CredentialSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        this.source = source;
        source.ApplyOnArrival();
    }

    /// <summary>
    /// Stands for the session's host, which may change with a renewal: with it as <see cref="HttpClient.BaseAddress"/>, <c>GetAsync("services/data/v64.0")</c>
    /// goes where the session is from. The name never resolves.
    /// </summary>
    public static Uri BaseAddress { get; } = new("https://salesforce.invalid/");

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always: a session may have to be waited for.</exception>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("requests with a Salesforce session are sent asynchronously only");

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Headers.Authorization is not null || request.Headers.Host is not null)
            throw new InvalidOperationException("the request has an Authorization or Host header of its own; this request was not sent");
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
            // As it came: who sends it again gets the session of that time, and nobody else the token.
            (request.RequestUri, request.Headers.Authorization) = (asked, null);
        }
    }

    private async Task<(HttpResponseMessage Response, Refusal? Refusal)> AttemptAsync(
        HttpRequestMessage request, Uri target, SalesforceSession session, CancellationToken cancellationToken)
    {
        request.RequestUri = target;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session.RevealAccessToken());
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        // After a redirect the token was no longer there, so the answer says nothing about it.
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

    /// <summary>The list of versions is served to anybody.</summary>
    private static bool ProvesSession(Uri target) => !target.AbsolutePath.TrimEnd('/').EndsWith("/services/data", StringComparison.Ordinal);

    private static bool CanBeSentAgain(HttpContent? content) => content is null or ByteArrayContent or ReadOnlyMemoryContent or JsonContent;
}
