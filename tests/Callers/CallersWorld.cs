using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Callers;

/// <summary>The real service with TLS and a table of callers, and clients that authenticate or try to.</summary>
internal sealed class CallersWorld : IAsyncDisposable
{
    /// <summary>The tenant of the callers admin, viewer, node and auditor, each named like the role it has; "all-…" has it for every tenant.</summary>
    public const string Own = "acme";

    public static readonly string[] Roles = ["admin", "viewer", "node", "auditor"];

    private readonly TemporaryDirectory directory = new();
    private readonly List<GrpcChannel> channels = [];
    private readonly Lazy<GrpcChannel> withoutCertificate;

    private CallersWorld() => withoutCertificate = new(() => Channel(null));

    public Pki Pki { get; } = new();

    public Issuer Issuer { get; } = new();

    public string ApiKey { get; } = $"gck_{RandomNumberGenerator.GetHexString(12, lowercase: true)}_{RandomNumberGenerator.GetHexString(64, lowercase: true)}";

    public Service Service { get; private set; } = null!;

    public Simulator? Simulator { get; private init; }

    /// <summary>A client that proves nothing.</summary>
    public SyncCredentials.SyncCredentialsClient Nobody => new(withoutCertificate.Value);

    /// <summary>The table as it is at the beginning.</summary>
    public List<object> Callers =>
    [
        .. Roles.Select(role => new { name = role, jwt_subjects = new[] { role }, grants = new[] { Grant(role, Own) } }),
        .. Roles.Select(role => new { name = $"all-{role}", jwt_subjects = new[] { $"all-{role}" }, grants = new[] { Grant(role, "*") } }),
        new { name = "by-uri", certificate_uris = new[] { $"spiffe://{Pki.TrustDomain}/node" }, grants = new[] { Grant("node", Own) } },
        new { name = "by-subject", certificate_subjects = new[] { "CN=ann, O=Example" }, grants = new[] { Grant("viewer", Own) } },
        new
        {
            name = "by-key",
            api_keys = new[] { new { id = ApiKey[4..16], sha256 = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(ApiKey))) } },
            grants = new[] { Grant("viewer", Own) },
        },
    ];

    public static async Task<CallersWorld> StartAsync(Simulator? simulator = null, IEnumerable<string>? settings = null)
    {
        var world = new CallersWorld { Simulator = simulator };
        world.Write("callers.json", JsonSerializer.Serialize(new { callers = world.Callers }));
        world.Write("issuer.pem", world.Issuer.PublicPem);
        world.Write("ca.pem", world.Pki.Root.ExportCertificatePem());
        world.WriteServerCertificate(world.Pki.Server());
        world.Service = await Service.StartAsync(simulator, settings:
        [
            "Clock:Adjustable=true",
            $"Callers:File={world.File("callers.json")}",
            $"Callers:Certificates:AuthoritiesFile={world.File("ca.pem")}",
            $"Callers:Certificates:TrustDomain={Pki.TrustDomain}",
            $"Callers:Jwt:Issuer={Issuer.Name}",
            $"Callers:Jwt:Audience={Issuer.Audience}",
            $"Callers:Jwt:KeysFile={world.File("issuer.pem")}",
            $"Tls:CertificateFile={world.File("service.pem")}",
            $"Tls:KeyFile={world.File("service.key")}",
            .. settings ?? [],
        ]);
        return world;
    }

    public static object Grant(string role, params string[] tenants) => new { role, tenants };

    public string File(string name) => Path.Combine(directory.Path, name);

    /// <summary>Whole or not at all, as a careful operator writes.</summary>
    public void Write(string name, string content)
    {
        System.IO.File.WriteAllText(File(name + ".new"), content);
        KeyRings.SetMode(File(name + ".new"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        System.IO.File.Move(File(name + ".new"), File(name), overwrite: true);
    }

    public void WriteServerCertificate(X509Certificate2 certificate)
    {
        Write("service.pem", certificate.ExportCertificatePem());
        Write("service.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Replaces the table, and waits until the service has looked at it.</summary>
    public async Task ReplaceTableAsync(IEnumerable<object> callers) =>
        await ReplaceAsync("callers.json", JsonSerializer.Serialize(new { callers }), "callers");

    /// <summary>Replaces a file, and waits until the service has said what it makes of it.</summary>
    public Task ReplaceAsync(string file, string content, string name) => ChangeAsync(() => Write(file, content), name);

    /// <summary>Does something to a file, and waits until the service has said what it makes of it.</summary>
    public async Task ChangeAsync(System.Action change, string name)
    {
        int Told() => Service.Logs.GetSnapshot().Count(record => record.Id.Id is 121 or 122 && record.GetStructuredStateValue("File") == name);
        var before = Told();
        change();
        await Service.AdvanceAsync("00:00:03");
        await Waiting.UntilAsync(() => Told() > before, $"{name} is read again");
    }

    /// <summary>A client that sends this as its authorization header.</summary>
    public SyncCredentials.SyncCredentialsClient WithHeader(params string[] headers) => new(Invoker(headers));

    public CallInvoker Invoker(params string[] headers) => withoutCertificate.Value.Intercept(metadata =>
    {
        foreach (var header in headers)
            metadata.Add("authorization", header);
        return metadata;
    });

    public SyncCredentials.SyncCredentialsClient As(string subject) => WithHeader($"Bearer {Issuer.Token(subject)}");

    /// <summary>The same on one connection of the test's own.</summary>
    public SyncCredentials.SyncCredentialsClient On(GrpcChannel channel, string subject) => new(channel.Intercept(metadata =>
    {
        metadata.Add("authorization", $"Bearer {Issuer.Token(subject)}");
        return metadata;
    }));

    public SyncCredentials.SyncCredentialsClient WithCertificate(X509Certificate2 certificate, params X509Certificate2[] intermediates) =>
        new(Channel(certificate, intermediates));

    /// <summary>A new connection.</summary>
    public GrpcChannel Channel(X509Certificate2? certificate, params X509Certificate2[] intermediates)
    {
        var channel = GrpcChannel.ForAddress(Service.Grpc, new() { HttpHandler = Handler(certificate, intermediates), DisposeHttpClient = true });
        channels.Add(channel);
        return channel;
    }

    public SocketsHttpHandler Handler(X509Certificate2? certificate = null, params X509Certificate2[] intermediates)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(Pki.Root);
        return new()
        {
            EnableMultipleHttp2Connections = true,
            SslOptions = new()
            {
                CertificateChainPolicy = policy,
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, [.. intermediates], offline: true),
            },
        };
    }

    /// <summary>The call is refused as unauthenticated, and the log says why.</summary>
    public async Task IsNobodyAsync(SyncCredentials.SyncCredentialsClient client, string why)
    {
        var before = Refusals().Count;
        await client.GetCredentialStatusAsync(new() { TenantId = Own }).FailsAsync(StatusCode.Unauthenticated, "UNAUTHENTICATED");
        Assert.Contains(why, Refusals().Skip(before).Single(), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        await Service.DisposeAsync();
        Pki.Dispose();
        Issuer.Dispose();
        directory.Dispose();
    }

    private List<string> Refusals() => [.. Service.Logs.GetSnapshot().Where(record => record.Id.Id == 126).Select(record => record.Message)];
}
