using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server;
using GrpcCreds.V1;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace GrpcCreds.QuickStart;

/// <summary>Everything in the story: the simulated Salesforce, the service, its administrator and three nodes, all in this process.</summary>
internal sealed class Stage : IAsyncDisposable
{
    public const string Tenant = "acme";

    /// <summary>The My Domain of the tenant's org, where the simulator takes Salesforce's place.</summary>
    public const string MyDomain = "acme.my.salesforce.com";

    private readonly Stack<IAsyncDisposable> running = new();
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("grpccreds-quickstart-");

    private Stage()
    {
    }

    /// <summary>A directory for files that are removed when the story ends. Only the current user can read it.</summary>
    public string DirectoryPath => directory.FullName;

    public Simulator Salesforce { get; private set; } = null!;

    public Uri Grpc { get; private set; } = null!;

    public Uri Http { get; private set; } = null!;

    /// <summary>Where Salesforce redirects a browser: the service's own page.</summary>
    public Uri RedirectUri => new(Http, "/oauth/callback");

    public SyncCredentials.SyncCredentialsClient Administrator { get; private set; } = null!;

    public IReadOnlyList<Node> Nodes { get; private set; } = [];

    /// <exception cref="StoryException">The service could not listen.</exception>
    public static async Task<Stage> StartAsync(string grpc, string http, CancellationToken cancellationToken)
    {
        var stage = new Stage();
        try
        {
            stage.Salesforce = stage.Keep(await Simulator.StartAsync(cancellationToken: cancellationToken));
            await stage.StartServiceAsync(grpc, http, cancellationToken);
            var channel = GrpcChannel.ForAddress(stage.Grpc, new() { HttpHandler = new SocketsHttpHandler { UseProxy = false } });
            stage.Administrator = new(stage.Keep(new Closing(channel)).Channel);
            stage.Nodes = [.. Enumerable.Range(1, 3).Select(number => stage.Keep(new Node($"node-{number}", stage.Grpc)))];
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (running.TryPop(out var last))
            await last.DisposeAsync();
        directory.Delete(recursive: true);
    }

    private async Task StartServiceAsync(string grpc, string http, CancellationToken cancellationToken)
    {
        // Salesforce has to know the callback before the service listens there.
        http = http.EndsWith(":0", StringComparison.Ordinal) ? FreePort(http) : http;
        Salesforce.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { CallbackUrls = [$"http://{http}/oauth/callback"], RotateRefreshTokens = true });
        var app = Keep(ServiceHost.Build(["--environment=Development"], builder =>
        {
            // No setting from the environment may connect the quick start to a real store or a real Salesforce.
            builder.Configuration.Sources.Clear();
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Listen:Grpc"] = grpc,
                ["Listen:Http"] = http,
                ["Store:DataDirectory"] = Path.Combine(DirectoryPath, "data"),
                ["Salesforce:Production:ApiBaseUrl"] = Salesforce.Production.ToString(),
                ["Salesforce:Sandbox:ApiBaseUrl"] = Salesforce.Sandbox.ToString(),
                [$"Salesforce:MyDomains:{MyDomain}"] = Salesforce.ProductionMyDomain.ToString(),
                ["Salesforce:ClientId"] = DefaultApps.Demo.ConsumerKey,
                ["Salesforce:ClientSecret"] = DefaultApps.Demo.ConsumerSecret,
                ["Salesforce:RedirectUri"] = $"http://{http}/oauth/callback",
            });
            Quiet(builder.Logging);
        }));
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            var taken = e.Message.TrimEnd('.');
            throw new StoryException(
                $"The service cannot start, a port is taken ({taken}). Stop the process that uses it, or use free ports: " +
                "--grpc 127.0.0.1:0 --http 127.0.0.1:0",
                e);
        }
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        (Grpc, Http) = (new(addresses[0]), new(addresses[1]));
    }

    private static string FreePort(string address)
    {
        using var free = new TcpListener(IPEndPoint.Parse(address));
        free.Start();
        return free.LocalEndpoint.ToString()!;
    }

    // Warnings and above go to standard error, one line each, so that standard output contains only the story.
    private static void Quiet(ILoggingBuilder logging) => logging
        .ClearProviders()
        .SetMinimumLevel(LogLevel.Warning)
        // The story itself reports that the host did not start.
        .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
        .AddSimpleConsole(console => console.SingleLine = true)
        .Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

    private T Keep<T>(T one)
        where T : IAsyncDisposable
    {
        running.Push(one);
        return one;
    }

    private sealed record Closing(GrpcChannel Channel) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            Channel.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
