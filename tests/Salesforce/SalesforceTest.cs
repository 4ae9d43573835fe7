using System.Net;
using System.Net.Sockets;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.Soap;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Salesforce;

/// <summary>The service's client of Salesforce against a simulated one with one user. Whatever a test does, no secret is in the log.</summary>
public abstract class SalesforceTest : IAsyncLifetime
{
    private protected const string User = "bob@acme.test";
    private protected const string Password = "Pa55-canary word&<>\"'é😀 ";
    private protected const string Token = "T0ken-canary";

    private readonly List<IDisposable> clients = [];
    private readonly FakeLogCollector log = new();
    private Simulator? simulator;

    private protected Simulator Simulator => simulator!;

    private protected static PasswordCredential Credential { get; } = new()
    {
        CredentialId = 1,
        Username = User,
        Password = new Secret(Password),
        SecurityToken = new Secret(Token),
        UseSandbox = false,
        SetTime = DateTimeOffset.UnixEpoch,
        SetBy = "test",
    };

    public async ValueTask InitializeAsync()
    {
        simulator = await Simulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        var user = new SimulatedUser { Username = User, Password = Password, SecurityToken = Token, TokenRequired = true };
        simulator.AddUser(user);
        simulator.AddUser(user with { OrgId = "00Dx0000000BV7zEAG" }, Personality.Sandbox);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        clients.ForEach(client => client.Dispose());
        await Simulator.DisposeAsync();
        var written = string.Join('\n', log.GetSnapshot().Select(record => record.ToString()));
        // For a password, a session id, a refresh token, a code and the app's secret.
        string[] secrets = ["canary", "00Dxx0000001gPL!", "5Aep861", "aPrx", DefaultApps.Demo.ConsumerSecret];
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, written, StringComparison.Ordinal));
    }

    /// <summary>Settings that lead to the simulator.</summary>
    private protected SalesforceOptions Options() => new()
    {
        Production = new() { ApiBaseUrl = Simulator.Production },
        Sandbox = new() { ApiBaseUrl = Simulator.Sandbox },
    };

    private protected SalesforceClient Client(SalesforceOptions? options = null, CallLimits? limits = null, Resolve? resolve = null)
    {
        options ??= Options();
        return new SalesforceClient(Http(options, limits, resolve),
            Microsoft.Extensions.Options.Options.Create(options), TimeProvider.System, Log<SalesforceClient>());
    }

    private protected SalesforceHttp Http(SalesforceOptions options, CallLimits? limits = null, Resolve? resolve = null)
    {
        var http = new SalesforceHttp(
            Microsoft.Extensions.Options.Options.Create(options), new Connector(resolve ?? Dns.GetHostAddressesAsync), limits ?? CallLimits.Default);
        clients.Add(http);
        return http;
    }

    private protected ILogger<T> Log<T>() => new FakeLogger<T>(log);

    /// <summary>The log messages so far, as texts.</summary>
    private protected IReadOnlyList<string> Logged() => [.. log.GetSnapshot().Select(record => record.Message)];

    private protected void FailLogin(Failure failure) => Simulator.Fail(Endpoint.Login, failure);

    private protected Task<TestVerdict> LoginAsync(SalesforceClient? client = null) => (client ?? Client()).LoginAsync(Credential).WaitAsync(Waiting.Long);

    private protected async Task<SalesforceSession> SessionAsync() => (await LoginAsync()).Session ?? throw new InvalidOperationException("no session");

    /// <summary>Nothing but a failure of this class, said in the one check that was made last.</summary>
    private protected static Server.Tenants.Model.Failure Fails(TestVerdict verdict, FailureClass failureClass, string? code = null)
    {
        Assert.Null(verdict.Session);
        Assert.Equal((failureClass, code), (verdict.Failure!.Class, verdict.Failure.SalesforceCode));
        Assert.Equal((Outcome.Failed, verdict.Failure.Advice), (verdict.Checks[^1].Outcome, verdict.Checks[^1].Detail));
        return verdict.Failure;
    }

    /// <summary>A listener that must stay alone.</summary>
    private protected static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private protected static Uri UrlOf(TcpListener listener, string scheme = "http") =>
        new($"{scheme}://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
}
