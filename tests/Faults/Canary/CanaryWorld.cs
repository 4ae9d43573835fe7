using System.Net;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Api;
using GrpcCreds.Server.Keys;
using GrpcCreds.Tests.Callers;
using GrpcCreds.Tests.Faults.Audit;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>
/// The service as a process that logs all it can, with callers, keys and a connected app whose secrets are all canaries, on one of the two
/// engines; and everything that comes out of it.
/// </summary>
internal sealed class CanaryWorld : IAsyncDisposable
{
    public static readonly ServiceDescriptor Contract = SyncCredentialsReflection.Descriptor.Services.Single();

    /// <summary>
    /// In PKCS #8, after the length: version 0, rsaEncryption, and an octet string. A certificate has a bit string there. In base64 the third byte begins a
    /// group.
    /// </summary>
    public static readonly byte[] PrivateKeyBegin = Convert.FromHexString("020100300D06092A864886F70D01010105000482");

    // Files that an operator keeps apart: the sinks are in "data" and "temporary".
    private readonly TemporaryDirectory directory = new();
    private readonly Issuer issuer = new();
    private KeyCallers callers = null!;
    private Collector collector = null!;
    private GrpcChannel channel = null!;
    private int users;

    public Canaries Canaries { get; } = new();

    public Sinks Sinks { get; } = new();

    public Witness Witness { get; private set; } = null!;

    public Simulator Simulator { get; private set; } = null!;

    public ServiceProcess Service { get; private set; } = null!;

    public WatchedStore Store { get; private set; } = null!;

    public string Data => Path.Combine(directory.Path, "data");

    public SyncCredentials.SyncCredentialsClient Admin => As("admin");

    public SyncCredentials.SyncCredentialsClient Viewer => As("viewer");

    public SyncCredentials.SyncCredentialsClient Node => As("node-0");

    public SyncCredentials.SyncCredentialsClient Auditor => As("auditor");

    private string Temporary => Path.Combine(directory.Path, "temporary");

    public static async Task<CanaryWorld> StartAsync(bool onRedis, string? bug)
    {
        var world = new CanaryWorld();
        try
        {
            await world.StartWorldAsync(onRedis, bug);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>A user whose password and security token are found wherever they are; every second one's are hard to write down.</summary>
    public SimulatedUser AddUser()
    {
        var number = Interlocked.Increment(ref users);
        string Secret(string use) => number % 2 == 0 ? Canaries.Plain(use) : Canaries.Strange(use);
        return Simulator.AddUser(
            new SimulatedUser { Username = $"user{number}@canary.test", Password = Secret("password"), SecurityToken = Secret("security token") });
    }

    /// <summary>A call with bytes that need not be a valid request, by a caller with the right to make it.</summary>
    public async Task CallAsync(MethodDescriptor method, byte[] request)
    {
        var invoker = Invoker(Rights.Calls[$"/{Contract.FullName}/{method.Name}"].Role switch
        {
            Server.Callers.Rights.Role.Node => "node-0",
            var role => role.ToString().ToLowerInvariant(),
        });
        var (asked, told) = (Marshallers.Create<byte[]>(bytes => bytes, bytes => bytes),
            Marshallers.Create<IMessage>(message => message.ToByteArray(), method.OutputType.Parser.ParseFrom));
        using var stop = new CancellationTokenSource(Waiting.Long);
        try
        {
            if (method.IsServerStreaming)
            {
                using var stream = invoker.AsyncServerStreamingCall(
                    new Method<byte[], IMessage>(MethodType.ServerStreaming, Contract.FullName, method.Name, asked, told),
                    null, new(cancellationToken: stop.Token), request);
                await stream.ResponseStream.MoveNext(stop.Token);
            }
            else
            {
                await invoker.AsyncUnaryCall(new Method<byte[], IMessage>(MethodType.Unary, Contract.FullName, method.Name, asked, told),
                    null, new(cancellationToken: stop.Token), request);
            }
        }
        catch (RpcException)
        {
            // The witness has it.
        }
    }

    /// <summary>A client that says this of itself.</summary>
    public SyncCredentials.SyncCredentialsClient With(Metadata headers) => new(channel.Intercept(Witness).Intercept(metadata =>
    {
        foreach (var header in headers)
            metadata.Add(header);
        return metadata;
    }));

    /// <summary>The token that the issuer gives a caller; its signature is a canary.</summary>
    public string Token(string subject) => Canaries.Add("token of a caller", issuer.Token(subject));

    /// <summary>A call with headers that no gRPC client sends, and bytes that are no message.</summary>
    public async Task PostAsync(string header, string value, byte[] body)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Service.Grpc, $"/{Contract.FullName}/GetCredentialStatus"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.Add("authorization", $"Bearer {callers.Keys["viewer"]}");
        request.Headers.TryAddWithoutValidation(header, value);
        using var answer = await http.SendAsync(request);
        Sinks.Add("error of a call by hand", await answer.Content.ReadAsByteArrayAsync());
        Sinks.Add("trailer of a call by hand", Uri.UnescapeDataString($"{answer.Headers}\n{answer.TrailingHeaders}"));
    }

    /// <summary>Puts what can be read of the running process among the sinks.</summary>
    public async Task LookAtProcessAsync()
    {
        foreach (var file in new[] { "cmdline", "environ" })
            Sinks.Add($"process {file}", await File.ReadAllBytesAsync($"/proc/{Service.Id}/{file}"));
        using var http = new HttpClient();
        foreach (var check in new[] { "live", "ready" })
            Sinks.Add($"health {check}", await (await http.GetAsync(new Uri(Service.Http, $"/healthz/{check}"))).Content.ReadAsStringAsync());
    }

    /// <summary>Stops what runs and puts all it leaves among the sinks.</summary>
    public async Task<int> EndAsync()
    {
        await LookAtProcessAsync();
        var code = await Service.StopAsync();
        await Store.EndAsync();
        Sinks.Add("log", string.Join('\n', Service.Output));
        if (Directory.Exists(Data))
            Sinks.AddFiles("data", Data);
        Sinks.AddFiles("temporary", Temporary);
        return code;
    }

    public async ValueTask DisposeAsync()
    {
        channel?.Dispose();
        if (Service is not null)
            await Service.DisposeAsync();
        if (Store is not null)
            await Store.DisposeAsync();
        if (collector is not null)
            await collector.DisposeAsync();
        if (Simulator is not null)
            await Simulator.DisposeAsync();
        issuer.Dispose();
        directory.Dispose();
    }

    private async Task StartWorldAsync(bool onRedis, string? bug)
    {
        string At(string name) => Path.Combine(directory.Path, name);
        Simulator = await Simulator.StartAsync(new() { AutoApprove = true, OnSecret = (use, secret) => Canaries.Add(use, secret) });
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { ConsumerSecret = Canaries.Plain("client secret") });
        await File.WriteAllTextAsync(At("client-secret"), Simulator.Apps().Single().ConsumerSecret);
        KeyRings.SetMode(At("client-secret"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.CreateDirectory(Temporary);
        KeyFiles.CreateMissing(At("keys"), "main");
        foreach (var file in Directory.GetFiles(At("keys")))
        {
            Canaries.Add("key file", (await File.ReadAllTextAsync(file)).Trim());
            Canaries.Add("key", Convert.FromBase64String((await File.ReadAllTextAsync(file)).Trim()));
        }
        // The keys for JWT bearer are made in the service, so they are found by how each private key begins, in PEM, in base64 and in DER.
        Canaries.Add("private key", "PRIVATE KEY-----");
        Canaries.Add("private key", Convert.ToBase64String(PrivateKeyBegin[2..]));
        Canaries.Add("private key", PrivateKeyBegin);
        callers = new KeyCallers(1, At("callers.json"));
        foreach (var key in callers.Keys.Values)
            Canaries.Add("API key", key);
        await File.WriteAllTextAsync(At("issuer.pem"), issuer.PublicPem);

        collector = await Collector.StartAsync(Sinks);
        Store = await WatchedStore.StartAsync(onRedis, Data, Sinks);
        Witness = new Witness(Sinks, Canaries);
        Service = await ServiceProcess.StartAsync(
            Simulator,
            Data,
            [
                $"Callers:File={At("callers.json")}", $"Callers:Jwt:Issuer={Issuer.Name}",
                $"Callers:Jwt:Audience={Issuer.Audience}", $"Callers:Jwt:KeysFile={At("issuer.pem")}",
                $"Encryption:KeysDirectory={At("keys")}", $"Salesforce:ClientId={DefaultApps.Demo.ConsumerKey}",
                $"Salesforce:ClientSecretFile={At("client-secret")}",
                "Limits:WritesPerTenantAndMinute=100000", "Limits:SetupsPerTenantAndMinute=100000",
                "Limits:CallsPerSecond=100000", "Limits:CallsPerSecondInAll=100000",
                .. ClientCredentialsAdministration.Settings(Simulator),
                "Clock:Adjustable=true", .. Store.Settings, .. collector.Settings,
            ],
            bug is null ? "GrpcCreds.Server.dll" : "GrpcCreds.SeededServer.dll",
            new Dictionary<string, string>
            {
                ["Logging__LogLevel__Default"] = "Trace",
                ["Logging__LogLevel__Microsoft.AspNetCore"] = "Trace",
                ["Logging__LogLevel__Microsoft"] = "Trace",
                ["Logging__LogLevel__System.Net.Http"] = "Trace",
                ["Logging__LogLevel__Grpc"] = "Trace",
                ["TMPDIR"] = Temporary,
                ["GRPCCREDS_SEEDED_BUG"] = bug ?? "",
            });
        channel = GrpcChannel.ForAddress(Service.Grpc);
    }

    private SyncCredentials.SyncCredentialsClient As(string caller) => new(Invoker(caller));

    private CallInvoker Invoker(string caller) => callers.Invoker(caller, channel).Intercept(Witness);
}
