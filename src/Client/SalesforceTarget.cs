namespace GrpcCreds.Client;

/// <summary>Checks where a request with a session's token may go: only to the scheme, host and port of its instance_url, over https.</summary>
internal static class SalesforceTarget
{
    /// <param name="request">The address requested by the application, absolute, or on <see cref="SalesforceSessionHandler.BaseAddress"/>.</param>
    /// <param name="session">The session whose token is sent with the request.</param>
    /// <returns>The same path and query at the session's host.</returns>
    /// <exception cref="InvalidOperationException">The token must not be sent there. The message contains no part of the address.</exception>
    public static Uri Of(Uri? request, SalesforceSession session)
    {
        if (!Uri.TryCreate(session.InstanceUrl, UriKind.Absolute, out var instance) || !IsSafe(instance))
            throw new InvalidOperationException("the session's instance URL is not https, so its token is not sent");
        if (request is not { IsAbsoluteUri: true } || request.UserInfo.Length > 0)
        {
            throw new InvalidOperationException(
                "the request needs an absolute address without user information; " +
                $"{nameof(HttpClient.BaseAddress)} may be {SalesforceSessionHandler.BaseAddress}");
        }
        if (IsSameServer(request, SalesforceSessionHandler.BaseAddress))
            return At(request, instance);
        return IsSameServer(request, instance)
            ? request
            : throw new InvalidOperationException(
                "the token of a Salesforce session is sent only to the scheme, host and port of its instance URL; this request was not sent");
    }

    /// <summary>The same request at another session's host.</summary>
    public static Uri Moved(Uri request, SalesforceSession session) => Of(At(request, SalesforceSessionHandler.BaseAddress), session);

    public static bool IsSameServer(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    /// <summary>Simulators have no certificate, and a request to loopback does not leave this machine.</summary>
    private static bool IsSafe(Uri instance) => instance.Scheme == Uri.UriSchemeHttps || (instance.Scheme == Uri.UriSchemeHttp && instance.IsLoopback);

    private static Uri At(Uri request, Uri server) =>
        new UriBuilder(request) { Scheme = server.Scheme, Host = server.Host, Port = server.Port }.Uri;
}
