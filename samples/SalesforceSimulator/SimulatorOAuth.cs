using System.Security.Cryptography.X509Certificates;

namespace GrpcCreds.SalesforceSimulator;

// The OAuth half: apps, consent, grants and their tokens.
public sealed partial class Simulator
{
    /// <summary>The name of a token in the ledger: a hash prefix long enough to distinguish tokens.</summary>
    public static string Fingerprint(string token) => Tokens.Fingerprint(token);

    /// <summary>Adds or replaces a connected app.</summary>
    public ConnectedApp AddApp(ConnectedApp app, Personality personality = Personality.Production) => World(personality).Apps.Add(app);

    /// <summary>Changes an app, for example its secret or its policy. Its grants continue under the new rules.</summary>
    public ConnectedApp ChangeApp(string consumerKey, Func<ConnectedApp, ConnectedApp> change, Personality personality = Personality.Production) =>
        World(personality).Apps.Change(consumerKey, change);

    /// <summary>Uploads a certificate in PEM to an app, as an administrator does; it replaces the oldest if the app can have no more.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It is no certificate.</exception>
    public ConnectedApp UploadCertificate(string consumerKey, string pem, Personality personality = Personality.Production)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        return ChangeApp(consumerKey, app => app with { Certificates = [.. app.Certificates.Append(pem).TakeLast(app.MaxCertificates)] }, personality);
    }

    public bool RemoveApp(string consumerKey, Personality personality = Personality.Production) => World(personality).Apps.Remove(consumerKey);

    /// <summary>The set that an app has staged; null if there is none.</summary>
    public StagedCredentials? Staged(string consumerKey, Personality personality = Personality.Production) =>
        Numbered(consumerKey, personality).Staged;

    /// <summary>Stages a set, as a person does in Salesforce.</summary>
    /// <exception cref="InvalidOperationException">The app has one already.</exception>
    public StagedCredentials Stage(string consumerKey, string createdBy, Personality personality = Personality.Production) =>
        World(personality).Apps.Stage(Numbered(consumerKey, personality).AppId, createdBy) ?? throw new InvalidOperationException("the app has a staged set");

    /// <summary>Drops the set that an app has staged, as a person does in Salesforce; returns whether there was one.</summary>
    public bool DropStaged(string consumerKey, Personality personality = Personality.Production) =>
        Numbered(consumerKey, personality) is { Staged: { } staged } app && World(personality).Apps.Drop(app.AppId, staged.Id);

    /// <summary>Sets the org's "Allow access to External Client App consumer secrets via REST API"; on from the start.</summary>
    public void AllowAppSecrets(bool allow, Personality personality = Personality.Production) => World(personality).AppSecretsByApi = allow;

    public IReadOnlyList<ConnectedApp> Apps(Personality personality = Personality.Production) => World(personality).Apps.All();

    /// <summary>
    /// Sets the outcome of authorizations from now on; initially a page asks. For the next one only, use <see cref="Failure.Authorization"/>.
    /// </summary>
    public void SetConsent(Consent consent, Personality personality = Personality.Production) => World(personality).Consent = consent;

    public Consent Consent(Personality personality = Personality.Production) => World(personality).Consent;

    private (string AppId, string ConsumerId, ConnectedApp App, StagedCredentials? Staged) Numbered(string consumerKey, Personality personality) =>
        World(personality).Apps.Numbered().FirstOrDefault(each => each.App.ConsumerKey == consumerKey || each.Staged?.ConsumerKey == consumerKey)
            is { App: not null } app
            ? app
            : throw new KeyNotFoundException($"there is no connected app '{consumerKey}'");

    /// <summary>The ledger of grants and tokens, oldest first, including ended ones.</summary>
    public IReadOnlyList<GrantEntry> Grants(Personality personality = Personality.Production) => World(personality).Grants.Entries();

    /// <summary>The ledger's entry of a refresh token; null if the token was never issued here.</summary>
    public RefreshTokenEntry? FindRefreshToken(string refreshToken, Personality personality = Personality.Production) =>
        Grants(personality).SelectMany(grant => grant.RefreshTokens).FirstOrDefault(token => token.Fingerprint == Fingerprint(refreshToken));

    /// <summary>Waits until the ledger of grants meets a condition. Passing time alone does not count as a change.</summary>
    public Task<IReadOnlyList<GrantEntry>> WaitForGrantsAsync(
        Func<IReadOnlyList<GrantEntry>, bool> until, Personality personality = Personality.Production, CancellationToken cancellationToken = default) =>
        World(personality).Grants.WaitAsync(until, cancellationToken);

    /// <summary>Revokes a grant with all its tokens, as its organization's administrator does; returns whether it was alive.</summary>
    /// <exception cref="KeyNotFoundException">There is no such grant.</exception>
    public bool RevokeGrant(int number, Personality personality = Personality.Production) => World(personality).Grants.RevokeAsAdmin(number);

    /// <summary>Expires the access tokens of a grant, which itself remains valid; returns their number.</summary>
    public int ExpireAccessTokens(int grantNumber, Personality personality = Personality.Production) =>
        World(personality).Sessions.End(session => session.GrantNumber == grantNumber);
}
