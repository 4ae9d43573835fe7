using System.Net.Http.Headers;
using System.Text;
using System.Xml.Linq;
using GrpcCreds.SalesforceSimulator;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

/// <summary>One simulator per test, and a client that follows nothing and keeps nothing. Every wait ends after 20 s.</summary>
public abstract class SimulatorTest : IAsyncLifetime
{
    private readonly CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private Simulator? simulator;

    protected Simulator Simulator => simulator ?? throw new InvalidOperationException("not started");

    protected HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    protected virtual SimulatorOptions Options => new();

    protected CancellationToken Cancelled => limit.Token;

    public async ValueTask InitializeAsync()
    {
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        simulator = await Simulator.StartAsync(Options, Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Simulator.DisposeAsync();
        limit.Dispose();
        GC.SuppressFinalize(this);
    }

    protected static HttpRequestMessage LoginRequest(Uri host, string username, string password, string path = "services/Soap/u/64.0")
    {
        var ns = path.Contains("/c/", StringComparison.Ordinal) ? "urn:enterprise.soap.sforce.com" : "urn:partner.soap.sforce.com";
        var (user, secret) = (new XElement("v", username).LastNode, new XElement("v", password).LastNode);
        return SoapRequest(new Uri(host, path), $"<u:login xmlns:u='{ns}'><u:username>{user}</u:username><u:password>{secret}</u:password></u:login>");
    }

    protected static HttpRequestMessage SoapRequest(Uri uri, string operation, string header = "") => new(HttpMethod.Post, uri)
    {
        Headers = { { "SOAPAction", "\"\"" } },
        Content = new StringContent(
            $"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Header>{header}</e:Header><e:Body>{operation}</e:Body></e:Envelope>",
            Encoding.UTF8,
            "text/xml"),
    };

    protected Task<HttpResponseMessage> LoginAsync(string username, string password, Uri? host = null, string path = "services/Soap/u/64.0") =>
        Http.SendAsync(LoginRequest(host ?? Simulator.Production, username, password, path), Cancelled);

    protected async Task<string> BodyOfLoginAsync(string username, string password, Uri? host = null, string path = "services/Soap/u/64.0")
    {
        using var response = await LoginAsync(username, password, host, path);
        return await response.Content.ReadAsStringAsync(Cancelled);
    }

    /// <summary>The exceptionCode of the fault that a login gets.</summary>
    protected async Task<string> RefusalAsync(string username, string password, Uri? host = null, string path = "services/Soap/u/64.0") =>
        Element(await BodyOfLoginAsync(username, password, host, path), "exceptionCode");

    /// <summary>Adds a user, logs it in, and gives its session id.</summary>
    protected async Task<string> SessionAsync(SimulatedUser user)
    {
        Simulator.AddUser(user);
        return Element(await BodyOfLoginAsync(user.Username, user.Password + user.SecurityToken), "sessionId");
    }

    protected async Task<HttpResponseMessage> GetAsync(string path, string? session = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Simulator.Production, path));
        request.Headers.Authorization = session is null ? null : new AuthenticationHeaderValue("Bearer", session);
        return await Http.SendAsync(request, Cancelled);
    }

    protected async Task<(int Status, string Body)> ReadAsync(string path, string? session = null)
    {
        using var response = await GetAsync(path, session);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancelled));
    }

    protected static string Element(string xml, string name) => XDocument.Parse(xml).Descendants().First(element => element.Name.LocalName == name).Value;
}
