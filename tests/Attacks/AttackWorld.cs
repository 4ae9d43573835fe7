using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Callers;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Attacks;

/// <summary>
/// The service as a process with TLS and callers, as it ships, and one good caller with an open watch, whose calls are measured. The attacker comes
/// from the same address.
/// </summary>
internal sealed class AttackWorld : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    private readonly TemporaryDirectory directory = new();
    private readonly Pki pki = new();
    private readonly Issuer issuer = new();
    private readonly List<IDisposable> disposables = [];
    private readonly Simulator simulator;
    private AsyncServerStreamingCall<WatchActiveCredentialResponse>? watch;

    private AttackWorld(Simulator simulator) => this.simulator = simulator;

    /// <summary>The duration of each attack; longer for the figures of SECURITY.md.</summary>
    public static TimeSpan Duration { get; } =
        TimeSpan.FromSeconds(
            double.TryParse(Environment.GetEnvironmentVariable("GRPCCREDS_ATTACK_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 3);

    public ServiceProcess Service { get; private set; } = null!;

    public Pki Pki => pki;

    public SyncCredentials.SyncCredentialsClient Viewer { get; private set; } = null!;

    public static async Task<AttackWorld> StartAsync(params string[] settings)
    {
        var simulator = await Simulator.StartAsync();
        simulator.AddUser(Calls.User, Calls.Password);
        var world = new AttackWorld(simulator);
        var callers = new[] { "admin", "viewer", "node" }
            .Select(role => new { name = role, jwt_subjects = new[] { role }, grants = new[] { CallersWorld.Grant(role, "acme") } });
        world.Write("callers.json", JsonSerializer.Serialize(new { callers }));
        world.Write("issuer.pem", world.issuer.PublicPem);
        world.Write("ca.pem", world.pki.Root.ExportCertificatePem());
        using var certificate = world.pki.Server();
        world.Write("service.pem", certificate.ExportCertificatePem());
        world.Write("service.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        KeyRings.SetMode(world.At("service.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        world.Service = await ServiceProcess.StartAsync(simulator, world.At("data"),
        [
            $"Callers:File={world.At("callers.json")}", $"Callers:Certificates:AuthoritiesFile={world.At("ca.pem")}",
            $"Callers:Certificates:TrustDomain={Pki.TrustDomain}",
            $"Callers:Jwt:Issuer={Issuer.Name}", $"Callers:Jwt:Audience={Issuer.Audience}", $"Callers:Jwt:KeysFile={world.At("issuer.pem")}",
            $"Tls:CertificateFile={world.At("service.pem")}", $"Tls:KeyFile={world.At("service.key")}", .. settings,
        ]);
        world.Viewer = world.As("viewer");
        await world.As("admin").ActivateAsync();
        world.watch = world.As("node").WatchActiveCredential(new(Calls.Watch()) { HeartbeatInterval = new() { Seconds = 5 } });
        await world.watch.ResponseStream.NextAsync(message => message.Synced is not null);
        // So that code is compiled and pools are filled.
        await world.MeasureAsync(TimeSpan.FromSeconds(1));
        return world;
    }

    /// <summary>Runs an attack for its duration while the good caller continues to call; then reports the figures.</summary>
    public async Task UnderAsync(string name, Func<Func<CancellationToken, Task>> attacker, int attackers = 1)
    {
        var quiet = await MeasureAsync(Duration);
        var (logged, memory, clock) = (LoggedBytes(), Memory(), Stopwatch.StartNew());
        using var end = new CancellationTokenSource();
        var attacks = Enumerable.Range(0, attackers).Select(_ => Task.Run(() => RepeatAsync(attacker(), end.Token))).ToList();
        var under = await MeasureAsync(Duration);
        await end.CancelAsync();
        var times = (await Task.WhenAll(attacks).WaitAsync(Waiting.Long)).Sum();
        var seconds = clock.Elapsed.TotalSeconds;
        var (perSecond, grown) = ((LoggedBytes() - logged) / seconds / 1024, (Memory() - memory) / 1048576.0);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"FIGURE {name}: {times / seconds:0}/s; GetCredentialStatus p50 {quiet.P50:0.00} -> {under.P50:0.00} ms, "
                + $"p99 {quiet.P99:0.00} -> {under.P99:0.00} ms; log {perSecond:0.0} KB/s; memory {grown:+0;-0} MB"));

        // Generous: machines that test are busy. What must not be is that a call fails, or hangs.
        Assert.InRange(under.Worst, 0, 8_000);
        Assert.InRange(perSecond, 0, 10);
        Assert.InRange(grown, -10_000, 400);
        await WatchLivesAsync();
    }

    public SyncCredentials.SyncCredentialsClient As(string subject)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(pki.Root);
        var channel = GrpcChannel.ForAddress(Service.Grpc, new() { HttpHandler = new SocketsHttpHandler
            { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } }, DisposeHttpClient = true });
        disposables.Add(channel);
        var token = issuer.Token(subject);
        return new(channel.Intercept(metadata =>
        {
            metadata.Add("authorization", $"Bearer {token}");
            return metadata;
        }));
    }

    /// <summary>The watch that was open all the while is still told that it is current.</summary>
    public async Task WatchLivesAsync()
    {
        // Heartbeats from before lie in the buffer.
        var now = DateTime.UtcNow;
        await watch!.ResponseStream.NextAsync(message => message.Heartbeat is { } beat && beat.AsOf.ToDateTime() > now);
    }

    public long Memory() =>
        1024 * long.Parse(File.ReadLines($"/proc/{Service.Id}/status").Single(line => line.StartsWith("VmRSS", StringComparison.Ordinal))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    public long LoggedBytes() => Service.Output.Sum(line => line.Length + 1L);

    public async ValueTask DisposeAsync()
    {
        watch?.Dispose();
        disposables.ForEach(disposable => disposable.Dispose());
        await Service.DisposeAsync();
        await simulator.DisposeAsync();
        pki.Dispose();
        issuer.Dispose();
        directory.Dispose();
    }

    private string At(string name) => Path.Combine(directory.Path, name);

    private void Write(string name, string content) => File.WriteAllText(At(name), content);

    // The service may end the attacker's connection at any moment; then it comes again.
    private static async Task<long> RepeatAsync(Func<CancellationToken, Task> attack, CancellationToken cancellationToken)
    {
        var times = 0L;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await attack(cancellationToken);
                times++;
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or OperationCanceledException
                or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
            {
                await Task.Delay(1, CancellationToken.None);
            }
        }
        return times;
    }

    private async Task<(double P50, double P99, double Worst)> MeasureAsync(TimeSpan duration)
    {
        List<double> taken = [];
        var whole = Stopwatch.StartNew();
        while (whole.Elapsed < duration)
        {
            var clock = Stopwatch.StartNew();
            await Viewer.GetCredentialStatusAsync(new() { TenantId = "acme" }, deadline: DateTime.UtcNow.AddSeconds(10));
            taken.Add(clock.Elapsed.TotalMilliseconds);
            await Task.Delay(Pace, TestContext.Current.CancellationToken);
        }
        taken.Sort();
        return (taken[taken.Count / 2], taken[(int)(taken.Count * 0.99)], taken[^1]);
    }
}
