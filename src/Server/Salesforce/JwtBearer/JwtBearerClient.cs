using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.Tokens;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Salesforce.JwtBearer;

/// <summary>
/// Requests tokens with signed assertions. Salesforce does not tell how long such a token lives: only introspection would, and that needs a secret of the app.
/// So the default lifetime is assumed, and a session that ends earlier is renewed when a node reports it.
/// </summary>
internal sealed class JwtBearerClient(TokenRequests requests, HostClocks clocks, IOptions<SalesforceOptions> options, TimeProvider clock)
{
    public const string GrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    /// <summary>With a smaller change of the measured difference, another assertion would be refused too.</summary>
    private static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Requests one token. If Salesforce refuses the assertion and its clock is found to differ, one more assertion follows at once: the first one had no
    /// effect, and the same claim covers the second while <paramref name="maySend"/> says so.
    /// </summary>
    /// <param name="credential">The app, the user and the key.</param>
    /// <param name="expected">The org and user that the token must belong to; null allows any.</param>
    /// <param name="maySend">Called when the connection is established, right before the first byte: whether the claim on this call is still fresh.</param>
    public async Task<TestVerdict> RequestAsync(JwtBearerCredential credential, SalesforceIdentity? expected, Func<bool> maySend)
    {
        var loginUrl = options.Value.LoginBaseUrl(credential.UseSandbox, credential.MyDomain);
        var assumed = clocks.Ahead(loginUrl);
        var verdict = await SendAsync(credential, loginUrl, expected, assumed, maySend);
        return verdict.Failure is { Class: FailureClass.LoginRefused } && clocks.Ahead(loginUrl) is var ahead && (ahead - assumed).Duration() > Noticeable
            ? await SendAsync(credential, loginUrl, expected, ahead, maySend)
            : verdict;
    }

    private async Task<TestVerdict> SendAsync(
        JwtBearerCredential credential, Uri loginUrl, SalesforceIdentity? expected, TimeSpan ahead, Func<bool> maySend)
    {
        var audience = SalesforceOptions.LoginHost(credential.UseSandbox, credential.MyDomain);
        var assertion = AssertionSigner.Sign(credential, audience, clock.GetUtcNow() + ahead).Reveal();
        return await requests.SendAsync(
            "jwt_bearer", loginUrl, [new("grant_type", GrantType), new("assertion", assertion)], [assertion, credential.ConsumerKey, credential.Username],
            maySend, result =>
            {
                clocks.Learn(loginUrl, result);
                return new JwtBearerVerdicts(options.Value, loginUrl, credential, expected, clock.GetUtcNow()).Of(result);
            });
    }
}
