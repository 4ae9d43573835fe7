using GrpcCreds.SalesforceSimulator;
using GrpcCreds.V1;

namespace GrpcCreds.QuickStart;

/// <summary>What a browser does in a setup: our start page, Salesforce's page (approved without asking, here), and back to our callback page.</summary>
internal static class Browser
{
    public static async Task ApproveAsync(Stage stage, StartOAuthSetupResponse setup, CancellationToken cancellationToken)
    {
        var user = DefaultUsers.Production;
        stage.Salesforce.SetConsent(Consent.Approve(user.Username));
        using var browser = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var page = await browser.GetStringAsync(new Uri(setup.StartUrl), cancellationToken);
        Story.Expect(page.Contains(user.UserId, StringComparison.Ordinal), "the start page to say who is to be authorized", "a page that does not");
        using var back = await browser.GetAsync(new Uri(setup.AuthorizationUrl), cancellationToken);
        stage.Salesforce.SetConsent(Consent.Ask);
        Story.Expect(back.IsSuccessStatusCode && back.RequestMessage!.RequestUri!.AbsolutePath == stage.RedirectUri.AbsolutePath, "the browser to come back", back.StatusCode);
    }
}
