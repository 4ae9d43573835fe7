namespace GrpcCreds.SalesforceSimulator;

/// <summary>An authorization request whose app and callback are known, so that other errors in it can be sent to the callback.</summary>
internal sealed record AuthorizeRequest(ConnectedApp App, string RedirectUri, OAuthParameters Parameters)
{
    public string Challenge => Parameters["code_challenge"];

    public IReadOnlyList<string> Scopes =>
        Parameters["scope"].Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } asked ? asked : App.Scopes;

    /// <summary>The request, or the response that keeps the browser at Salesforce.</summary>
    public static AuthorizeRequest? Read(World world, OAuthParameters parameters, out Answer deadEnd)
    {
        deadEnd = OAuthError.Form("invalid_client_id", "client identifier invalid");
        if (world.Apps.Find(parameters["client_id"]) is not { } app)
            return null;
        var uri = parameters["redirect_uri"];
        deadEnd = uri is "" ? ErrorPage.Redirect("redirect_uri_missing", "redirect_uri must be provided")
            : ErrorPage.Redirect("redirect_uri_mismatch", "redirect_uri must match configuration");
        return app.CallbackUrls.Contains(uri, StringComparer.Ordinal) ? new(app, uri, parameters) : null;
    }

    /// <summary>The error of the request, or null.</summary>
    public Consent? Refusal()
    {
        if (Parameters["response_type"] is not "code")
            return Consent.Refuse("unsupported_response_type", "response type not supported");
        if (!Scopes.All(scope => App.Scopes.Any(known => OAuthScopes.AreSame(scope, known))))
            return Consent.Refuse("invalid_scope", "the requested scope is not allowed");
        if (Challenge is "" && App.RequirePkce)
            return Consent.Refuse("invalid_request", "missing required code challenge");
        // The default method is S256, unlike in the RFC: Salesforce's own clients never send one.
        if (Challenge is not "" && (!CodeVerifier.IsChallenge(Challenge) || Parameters["code_challenge_method"] is not ("" or "S256")))
            return Consent.Refuse("invalid_request", "invalid code challenge");
        if (App.NotInstalled)
            return Consent.Refuse("invalid_client", "app must be installed into org");
        return Parameters["immediate"] is "true" ? Consent.Refuse("immediate_unsuccessful", "the user must approve") : null;
    }

    /// <summary>The callback with a code or an error; the state is returned unchanged.</summary>
    public Answer Callback(string parameters)
    {
        var state = Parameters["state"] is not "" and var given ? $"&state={Uri.EscapeDataString(given)}" : "";
        return Answer.Redirect($"{RedirectUri}{(RedirectUri.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{parameters}{state}");
    }
}
