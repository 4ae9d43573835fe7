using System.Text.Json;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

/// <summary>Conformance: what an unmodified, widely used client makes of the simulator.</summary>
public sealed class JsforceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Jsforce_logs_in_and_out_at_production_and_sandbox()
    {
        await using var simulator = await Simulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        var seen = await RunAsync(
            [simulator.Production.ToString(), "ann@acme.test", "demo-passwordDemoToken1"],
            [simulator.Sandbox.ToString().TrimEnd('/'), "ann@acme.test.uat", "demo-password-uat"]);
        Assert.Equal(
            [Expected(simulator.Production, "00Dxx0000001gPLEAY", "ann@acme.test"), Expected(simulator.Sandbox, "00Dx0000000BV7zEAG", "ann@acme.test.uat")],
            seen);
        Assert.Empty(simulator.Sessions());
        Assert.Empty(simulator.Sessions(Personality.Sandbox));
    }

    [Fact]
    public async Task Jsforce_shows_why_a_login_failed()
    {
        await using var simulator = await Simulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        simulator.AddUser(new SimulatedUser { Username = "old@acme.test", Password = "p&<", PasswordExpired = true });
        var production = simulator.Production.ToString();
        var seen = await RunAsync(
            [production, "ann@acme.test", "wrong"],
            [production, "ann@acme.test.uat", "demo-password-uat"],
            [production, "old@acme.test", "p&<"],
            [production, "ann@acme.test", "demo-password"]);
        Assert.Contains("INVALID_LOGIN: Invalid username, password, security token; or user locked out.", seen[0], StringComparison.Ordinal);
        Assert.Equal(seen[0], seen[1]);
        Assert.Contains("password has expired", seen[2], StringComparison.Ordinal);
        Assert.Contains("LOGIN_MUST_USE_SECURITY_TOKEN", seen[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jsforce_authorizes_refreshes_and_revokes()
    {
        var options = new SimulatorOptions { AutoApprove = true, ControlPort = 0 };
        await using var simulator = await Simulator.StartAsync(options, TestContext.Current.CancellationToken);
        var app = DefaultApps.Demo;
        var seen = await RunScriptAsync(
            "jsforce-oauth.mjs", simulator.Production.ToString(), simulator.Control.ToString(), app.ConsumerKey, app.ConsumerSecret, app.CallbackUrls[0]);
        var expected = JsonSerializer.Serialize(new
        {
            sentChallengeMethod = (string?)null,
            state = "a b",
            userId = "005600000045vWeAAI",
            orgId = "00Dxx0000001gPLEAY",
            username = "ann@acme.test",
            refreshes = 1,
            isNewToken = true,
            calls = 15000,
            unknown = new { name = "invalid_token", message = "invalid token" },
            afterwards = new { name = "invalid_grant", message = "expired access/refresh token" },
        });
        Assert.Equal([expected], seen);
        var grant = Assert.Single(simulator.Grants());
        Assert.Equal((TokenEnd.Revoked, 2, 2), (grant.End!.Value, grant.AccessTokens.Count, grant.RefreshTokens.Single().Refreshes));
        Assert.Empty(simulator.Sessions());
    }

    [Fact]
    public async Task Jsforce_logs_in_with_JWT_bearer()
    {
        await using var simulator = await Simulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var key = new JwtKey();
        simulator.UploadCertificate(DefaultApps.Demo.ConsumerKey, key.Certificate);
        var (host, myDomain) = (simulator.Production.ToString().TrimEnd('/'), simulator.ProductionMyDomain.ToString().TrimEnd('/'));
        var seen = await RunScriptAsync(
            "jsforce-jwt-bearer.mjs", DefaultApps.Demo.ConsumerKey, DefaultUsers.Production.Username, key.PrivateKey,
            host, "https://login.salesforce.com", myDomain, "https://acme.my.salesforce.com", host, "https://test.salesforce.com");
        var ann = JsonSerializer.Serialize(new { userId = "005600000045vWeAAI", orgId = "00Dxx0000001gPLEAY", username = "ann@acme.test", calls = 15000 });
        Assert.Equal([ann, ann, JsonSerializer.Serialize(new { name = "invalid_grant", message = "audience is invalid" })], seen);
    }

    [Fact]
    public async Task Jsforce_logs_in_with_client_credentials_at_the_My_Domain_only()
    {
        await using var simulator = await Simulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        var app = DefaultApps.Demo;
        var seen = await RunScriptAsync(
            "jsforce-client-credentials.mjs", app.ConsumerKey, app.ConsumerSecret, simulator.ProductionMyDomain.ToString().TrimEnd('/'),
            simulator.SandboxMyDomain.ToString().TrimEnd('/'), simulator.Production.ToString().TrimEnd('/'));
        Assert.Equal(
            [
                JsonSerializer.Serialize(new { userId = "005600000045vWeAAI", orgId = "00Dxx0000001gPLEAY", username = "ann@acme.test", calls = 15000 }),
                JsonSerializer.Serialize(new { userId = "005600000045vWeAAI", orgId = "00Dx0000000BV7zEAG", username = "ann@acme.test.uat", calls = 15000 }),
                JsonSerializer.Serialize(new { name = "invalid_grant", message = "request not supported on this domain" }),
            ],
            seen);
    }

    private static string Expected(Uri instance, string org, string username) => JsonSerializer.Serialize(new
    {
        instanceUrl = instance.ToString().TrimEnd('/'),
        userId = "005600000045vWeAAI",
        orgId = org,
        username,
        userInfoId = "005600000045vWeAAI",
        calls = 15000,
        apiUsage = 15000,
        afterwards = "INVALID_SESSION_ID",
    });

    /// <summary>One line for each login.</summary>
    private static Task<string[]> RunAsync(params string[][] logins) => RunScriptAsync("jsforce.mjs", [.. logins.SelectMany(login => login)]);

    /// <summary>The lines that a script of this folder prints.</summary>
    private static async Task<string[]> RunScriptAsync(string name, params string[] arguments)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        var node = await Npm.NodeAsync(limit.Token);
        var script = Path.Combine(Npm.Root, "tests", "Simulator", name);
        var (exitCode, output, error) = await Npm.RunAsync(node, [script, .. arguments], limit.Token);
        Assert.Equal((0, ""), (exitCode, error));
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
