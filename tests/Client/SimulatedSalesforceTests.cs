using System.Net;
using System.Text;
using GrpcCreds.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Xunit;

namespace GrpcCreds.Tests.Client;

/// <summary>An HTTP client of a container calls a simulated Salesforce with the tenant's session; nothing of the session is in its log.</summary>
public sealed class SimulatedSalesforceTests : IAsyncLifetime
{
    private const string User = "bob@acme.test", Password = "bobs-password", Resource = "services/data/v64.0/limits";

    private readonly FakeLogCollector logs = FakeLogCollector.Create(new FakeLogCollectorOptions());
    private Simulator salesforce = null!;
    private ScriptedServer server = null!;
    private ServiceProvider provider = null!;
    private HttpClient http = null!;
    private ScriptedStream stream = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        salesforce = await Simulator.StartAsync(cancellationToken: Cancel);
        salesforce.AddUser(User, Password);
        server = await ScriptedServer.StartAsync();
        var services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(logs)))
            .AddGrpcCredsClient(options => (options.Address, options.NodeId) = (server.Address, "node-1"));
        services.AddHttpClient("acme").AddSalesforceSession("acme").ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { UseProxy = false });
        provider = services.BuildServiceProvider();
        http = provider.GetRequiredService<IHttpClientFactory>().CreateClient("acme");
        provider.GetRequiredService<CredentialWatch>().For("acme");
        stream = await server.NextStreamAsync();
        await stream.SendAsync(HandlerWorld.SessionAt(salesforce.Production, 1, await LogInAsync()), Say.Synced());
        await server.NextReportAsync();
    }

    public async ValueTask DisposeAsync()
    {
        var secrets = salesforce.Sessions().Select(session => session.Id).Append("00Dxx0000001gPL!").ToList();
        await provider.DisposeAsync();
        await server.DisposeAsync();
        await salesforce.DisposeAsync();
        var lines = logs.GetSnapshot().Select(line => $"{line} {string.Join(' ', line.StructuredState ?? [])} {line.Exception}").ToList();
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.All(secrets, secret => Assert.DoesNotContain(secret, line, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_session_that_ended_is_replaced_and_the_call_goes_through()
    {
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(Resource, Cancel).Soon("an answer")).StatusCode);
        salesforce.EndSessions(User);
        server.HoldsReports = true;

        var calls = Enumerable.Range(0, 8).Select(_ => http.GetAsync(Resource, Cancel)).ToList();
        var report = await server.NextReportAsync();
        Assert.Equal(["acme 1 Rejected SessionRefused INVALID_SESSION_ID"], report.Said);
        report.Answer(ReportVerdict.Refreshing);
        await stream.SendAsync(HandlerWorld.SessionAt(salesforce.Production, 2, await LogInAsync()));

        Assert.All(await Task.WhenAll(calls).Soon("answers"), response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.Equal(["acme 2 Applied"], (await server.NextReportAsync()).Said);
    }

    [Fact]
    public async Task An_identity_endpoint_that_knows_no_such_token_has_it_replaced_too()
    {
        salesforce.EndSessions(User);
        var call = http.GetAsync("services/oauth2/userinfo", Cancel);
        Assert.Equal(["acme 1 Rejected SessionRefused Bad_OAuth_Token"], (await server.NextReportAsync()).Said);

        // The service already knew: no call waits, and the answer is Salesforce's own.
        Assert.Equal("Bad_OAuth_Token", await (await call.Soon("an answer")).Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_policy_of_the_org_is_no_loop()
    {
        salesforce.ChangeUser(User, user => user with { RestrictedIp = true });
        var before = salesforce.Requests().Count;

        for (var call = 0; call < 5; call++)
        {
            var response = await http.GetAsync(Resource, Cancel).Soon("an answer");
            Assert.Contains("not valid for use with the REST API", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }

        Assert.Equal(["acme 1 Rejected NotPermitted INVALID_SESSION_ID"], (await server.NextReportAsync()).Said);
        Assert.Equal(5, salesforce.Requests().Count - before);
    }

    private async Task<string> LogInAsync()
    {
        using var login = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var body = new StringContent(
            $"""
            <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
            <login xmlns="urn:partner.soap.sforce.com"><username>{User}</username><password>{Password}</password></login>
            </s:Body></s:Envelope>
            """,
            Encoding.UTF8,
            "text/xml");
        body.Headers.Add("SOAPAction", "\"\"");
        (await login.PostAsync(new Uri(salesforce.Production, "/services/Soap/u/64.0"), body, Cancel)).EnsureSuccessStatusCode();
        return salesforce.Sessions()[^1].Id;
    }
}
