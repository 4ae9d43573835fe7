using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Web;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Salesforce.OAuth;

/// <summary>The OAuth half of the dialogue with a simulated Salesforce: its default app, its default users.</summary>
public abstract class OAuthClientTest : SalesforceTest
{
    private protected const string State = "a b&c==";
    private protected const string Org = "00Dxx0000001gPLEAY";
    private protected const string SandboxOrg = "00Dx0000000BV7zEAG";
    private protected const string AnnsId = "005600000045vWeAAI";
    private protected const string OtherId = "005x00000012Q9PAAU";

    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private protected static string AnnsName => DefaultUsers.Production.Username;

    private protected static SalesforceIdentity Ann { get; } = new(Org, AnnsId);

    private protected static TimeSpan Lifetime { get; } = TimeSpan.FromMinutes(15);

    private protected static Secret Verifier { get; } = new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");

    /// <summary>An unknown refresh token, for answers that do not depend on it.</summary>
    private protected static Secret AnyToken { get; } = new("5Aep861-canary-refresh-token");

    private protected IMeterFactory Meters => services.GetRequiredService<IMeterFactory>();

    private protected string LoginUrl => Simulator.Production.GetLeftPart(UriPartial.Authority);

    private protected SalesforceOptions OAuthOptions()
    {
        var options = Options();
        options.ClientId = DefaultApps.Demo.ConsumerKey;
        options.ClientSecret = new Secret(DefaultApps.Demo.ConsumerSecret);
        return options;
    }

    private protected OAuthClient OAuth(SalesforceOptions? options = null, CallLimits? limits = null)
    {
        options ??= OAuthOptions();
        return new(Http(options, limits), Microsoft.Extensions.Options.Options.Create(options),
            new ServiceMetrics(Meters), TimeProvider.System, Log<OAuthClient>());
    }

    /// <summary>The code that a browser returns from a sign-in.</summary>
    private protected async Task<Dictionary<string, string>> SignInAsync(bool useSandbox = false, string? username = null, Secret? verifier = null)
    {
        var personality = useSandbox ? Personality.Sandbox : Personality.Production;
        Simulator.SetConsent(Consent.Approve(username ?? (useSandbox ? DefaultUsers.Sandbox.Username : AnnsName)), personality);
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
        using var response =
            await browser.GetAsync(OAuth().AuthorizationUrl(useSandbox, null, State, verifier ?? Verifier), TestContext.Current.CancellationToken);
        var query = HttpUtility.ParseQueryString(response.Headers.Location!.Query);
        return query.AllKeys.ToDictionary(key => key!, key => query[key]!);
    }

    private protected async Task<GrantVerdict> ExchangeAsync(SalesforceIdentity? expected = null, string? username = null)
    {
        var code = (await SignInAsync(username: username))["code"];
        return await OAuth().ExchangeAsync(LoginUrl, new Secret(code), Verifier, expected ?? Ann, useSandbox: false).WaitAsync(Waiting.Long);
    }

    /// <summary>A good grant.</summary>
    private protected async Task<(SalesforceSession Session, Secret RefreshToken)> GrantAsync()
    {
        var verdict = await ExchangeAsync();
        Assert.Null(verdict.Failure);
        return (verdict.Session!, verdict.RefreshToken!);
    }

    private protected Task<GrantVerdict> RefreshAsync(Secret refreshToken, SalesforceIdentity? expected = null, CallLimits? limits = null) =>
        OAuth(limits: limits).RefreshAsync(LoginUrl, refreshToken, expected ?? Ann, Lifetime).WaitAsync(Waiting.Long);

    private protected void FailToken(Failure failure) => Simulator.Fail(Endpoint.Token, failure);

    private protected int TokenCalls() => Simulator.Requests().Count(request => request.Path == OAuthCalls.Token);

    /// <summary>Nothing but a failure, whose advice is ours.</summary>
    private protected static Server.Tenants.Model.Failure Fails(GrantVerdict verdict, FailureClass failureClass, GrantFate fate, string? code = null)
    {
        Assert.Null(verdict.Session);
        Assert.Equal((failureClass, fate, code), (verdict.Failure!.Class, verdict.Fate, verdict.Failure.SalesforceCode));
        IsOurs(verdict.Failure);
        return verdict.Failure;
    }

    private protected static void IsOurs(Server.Tenants.Model.Failure failure)
    {
        Assert.DoesNotContain("canary", failure.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(".", failure.Advice, StringComparison.Ordinal);
        // Throttled and similar classes say nothing about a setup; for OAuth these two always do (design 4.5).
        Assert.Equal(
            failure.Class is FailureClass.NeedsSetup or FailureClass.WrongIdentity,
            failure.Advice.StartsWith("Set up the OAuth token", StringComparison.Ordinal));
    }

    private protected static Failure Json(object body, int status = 200) => Failure.Status(status, JsonSerializer.Serialize(body), "application/json");
}
