namespace GrpcCreds.SalesforceSimulator;

/// <summary>The OAuth half of the control API.</summary>
internal static class OAuthControl
{
    public static void MapOAuth(RouteGroupBuilder routes, Simulator simulator, Personality personality)
    {
        routes.MapGet("/apps", () => simulator.Apps(personality).Select(AppView.Of));
        routes.MapPost("/apps", (ConnectedApp app) => AppView.Of(simulator.AddApp(app, personality)));
        routes.MapPatch("/apps/{consumerKey}", (string consumerKey, Patch patch) =>
            AppView.Of(simulator.ChangeApp(consumerKey, patch.ApplyTo, personality)));
        routes.MapPost("/apps/{consumerKey}/certificates", (string consumerKey, CertificateRequest request) =>
            AppView.Of(simulator.UploadCertificate(consumerKey, request.Pem, personality)));
        routes.MapDelete("/apps/{consumerKey}", (string consumerKey) => new { removed = simulator.RemoveApp(consumerKey, personality) });
        routes.MapGet("/apps/{consumerKey}/staged", (string consumerKey) => StagedView.Of(simulator.Staged(consumerKey, personality)));
        routes.MapPost("/apps/{consumerKey}/staged", (string consumerKey) => StagedView.Of(simulator.Stage(consumerKey, "a person", personality)));
        routes.MapDelete("/apps/{consumerKey}/staged", (string consumerKey) => new { removed = simulator.DropStaged(consumerKey, personality) });
        routes.MapPut("/app-secrets-by-api", (bool allow) => simulator.AllowAppSecrets(allow, personality));
        routes.MapGet("/consent", () => simulator.Consent(personality));
        routes.MapPut("/consent", (Consent consent) => simulator.SetConsent(consent, personality));
        routes.MapGet("/grants", () => simulator.Grants(personality));
        routes.MapDelete("/grants/{number}", (int number) => new { ended = simulator.RevokeGrant(number, personality) });
        routes.MapDelete("/grants/{number}/access-tokens", (int number) => new { ended = simulator.ExpireAccessTokens(number, personality) });
    }
}
