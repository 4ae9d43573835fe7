using GrpcCreds.SalesforceSimulator;
using GrpcCreds.V1;

namespace GrpcCreds.QuickStart;

/// <summary>
/// What a browser does in a setup: it opens the service's start page, then Salesforce's page (approved automatically here), then the service's callback
/// page.
/// </summary>
internal static class Browser
{
    public static async Task ApproveAsync(Stage stage, StartOAuthSetupResponse setup, CancellationToken cancellationToken)
    {
        var user = DefaultUsers.Production;
        stage.Salesforce.SetConsent(Consent.Approve(user.Username));
        using var browser = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var page = await browser.GetStringAsync(new Uri(setup.StartUrl), cancellationToken);
        Story.Expect(page.Contains(user.UserId, StringComparison.Ordinal), "the start page to show the user to authorize", "a page without it");
        using var back = await browser.GetAsync(new Uri(setup.AuthorizationUrl), cancellationToken);
        stage.Salesforce.SetConsent(Consent.Ask);
        var hasReturned = back.IsSuccessStatusCode && back.RequestMessage!.RequestUri!.AbsolutePath == stage.RedirectUri.AbsolutePath;
        Story.Expect(hasReturned, "the browser to return to the service", back.StatusCode);
    }
}
