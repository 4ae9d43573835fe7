using System.Text;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The parameters of an OAuth request: from its form, else from its query (Force.com-Toolkit-for-NET refreshes with an empty body).</summary>
internal sealed class OAuthParameters
{
    // Copies: the server reuses a request's objects, and a code outlives the request that asked for it.
    private readonly Dictionary<string, string> values;
    private readonly string authorization;

    private OAuthParameters(Dictionary<string, string> values, string authorization) => (this.values, this.authorization) = (values, authorization);

    /// <summary>The value, or an empty string.</summary>
    public string this[string name] => values.GetValueOrDefault(name, "");

    public static async Task<OAuthParameters> ReadAsync(HttpRequest request)
    {
        var form = request.HasFormContentType ? await request.ReadFormAsync(request.HttpContext.RequestAborted) : FormCollection.Empty;
        var values = form.Concat(request.Query).DistinctBy(one => one.Key).ToDictionary(one => one.Key, one => one.Value.FirstOrDefault() ?? "");
        return new(values, request.Headers.Authorization.ToString());
    }

    /// <summary>The consumer key of the request; empty if it has none.</summary>
    public string ConsumerKey => Client().Key;

    /// <summary>The app that sends the request; credentials in the body take precedence over Basic ones. Null, with the error, if they are wrong.</summary>
    public ConnectedApp? Authenticate(World world, out Answer error)
    {
        var (key, secret) = Client();
        error = OAuthError.Json("invalid_client_id", "client identifier invalid");
        if (world.Apps.Find(key) is not { } app || app.KnownFrom > world.Options.TimeProvider.GetUtcNow())
            return null;
        error = OAuthError.Json("invalid_client", "invalid client credentials");
        if (app.ConsumerSecret != secret)
            return null;
        error = OAuthError.Json("invalid_client", "app must be installed into org");
        return app.NotInstalled ? null : app;
    }

    private (string Key, string Secret) Client() => this["client_id"] is not "" and var id ? (id, this["client_secret"]) : Basic();

    private (string Key, string Secret) Basic()
    {
        var bytes = new byte[authorization.Length];
        if (!authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) || !Convert.TryFromBase64String(authorization[6..], bytes, out var length))
            return ("", "");
        return Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [var key, var secret]
            ? (Uri.UnescapeDataString(key), Uri.UnescapeDataString(secret))
            : ("", "");
    }
}
