using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.V1;

namespace GrpcCreds.Bench.Peers;

/// <summary>The published service, on Redis or on its embedded store.</summary>
internal sealed class GrpcCredsPeer(string folder, string program, Simulator simulator, RedisProcess? redis)
    : Peer(redis is null ? "GrpcCreds SQLite" : "GrpcCreds Redis", folder)
{
    private const string MyDomain = "acme.my.salesforce.com";
    private const string Watched = "watched";

    private readonly int http = Ports.Free();
    private readonly List<string> further = [];

    /// <summary>Whether each node reports that it has applied what it was sent.</summary>
    public bool Reports { get; init; }

    /// <summary>Where it keeps its keys; servers of one store share them.</summary>
    public string Keys { get; init; } = Directory.CreateDirectory(Path.Combine(folder, $"keys-{Guid.NewGuid():N}")).FullName;

    /// <summary>Adds a setting, as <c>Section:Name=value</c>.</summary>
    public GrpcCredsPeer With(string setting)
    {
        further.Add(setting);
        return this;
    }

    public override async Task WatchAsync(ChannelBase from, int node, Action<long> got, CancellationToken cancellationToken)
    {
        var client = new SyncCredentials.SyncCredentialsClient(from);
        var request = new WatchActiveCredentialRequest
        {
            NodeId = $"node-{node}", InstanceId = Instance(node), Tenants = { new WatchedTenant { TenantId = Watched } },
        };
        using var call = client.WatchActiveCredential(request, cancellationToken: cancellationToken);
        await foreach (var message in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            if (message.Synced is not null)
                got(0);
            if (message.Credential is not { Revision: var revision })
                continue;
            if (Reports)
            {
                var applied = new NodeReport { TenantId = Watched, Revision = revision, Outcome = ReportedOutcome.Applied };
                await client.ReportCredentialsAsync(
                    new() { NodeId = request.NodeId, InstanceId = request.InstanceId, Reports = { applied } }, cancellationToken: cancellationToken);
            }
            got(revision);
        }
    }

    public override async Task<long> ChangeAsync() => await ActivateAsync(Watched);

    public override async Task WriteAsync(ChannelBase from, int caller, long number) => await StageAsync(from, $"writes-{caller}", number);

    public override async Task ReadAsync(ChannelBase from, int caller) =>
        await new SyncCredentials.SyncCredentialsClient(from).GetActiveCredentialAsync(new() { TenantId = $"reads-{caller}" });

    /// <summary>Saves a password that is not put in force.</summary>
    public static async Task StageAsync(ChannelBase from, string tenant, long number) =>
        await new SyncCredentials.SyncCredentialsClient(from).SetPasswordCredentialAsync(new()
        {
            TenantId = tenant, Username = $"{tenant}@example.com", Password = $"password {number}", SecurityToken = "", Activation = Activation.Staged,
        });

    /// <summary>How long the status of the watched tenant takes.</summary>
    public async Task<CredentialStatus> StatusAsync() =>
        (await new SyncCredentials.SyncCredentialsClient(Channel).GetCredentialStatusAsync(new() { TenantId = Watched })).Status;

    /// <summary>A session that was fetched anew: the credential is saved again and tested.</summary>
    /// <returns>Its revision.</returns>
    public async Task<long> ActivateAsync(string tenant)
    {
        var answer = await new SyncCredentials.SyncCredentialsClient(Channel).SetClientCredentialsAsync(new()
        {
            TenantId = tenant, ConsumerKey = DefaultApps.Demo.ConsumerKey, ConsumerSecret = DefaultApps.Demo.ConsumerSecret, MyDomain = MyDomain,
        });
        return answer.Result == WriteResult.Activated ? answer.Status.Revision : throw new InvalidOperationException($"not activated: {answer}");
    }

    public override async Task PrepareAsync(int callers)
    {
        await ActivateAsync(Watched);
        for (var caller = 0; caller < callers; caller++)
            await ActivateAsync($"reads-{caller}");
    }

    /// <summary>Makes its clock jump ahead; needs the setting Clock:Adjustable.</summary>
    public async Task AdvanceAsync(string by)
    {
        using var client = new HttpClient();
        (await client.PostAsync(new Uri($"http://127.0.0.1:{http}/development/clock?advance={by}"), null)).EnsureSuccessStatusCode();
    }

    protected override Task<ServerProcess> RunAsync()
    {
        string[] settings =
        [
            "--environment=Development", $"--Listen:Grpc=127.0.0.1:{Port}", $"--Listen:Http=127.0.0.1:{http}",
            $"--Store:DataDirectory={Path.Combine(Folder, "data")}", $"--Encryption:KeysDirectory={Keys}",
            .. redis is null ? Array.Empty<string>() : [$"--ConnectionStrings:Redis=127.0.0.1:{redis.Port}"],
            $"--Salesforce:Production:ApiBaseUrl={simulator.Production}", $"--Salesforce:Sandbox:ApiBaseUrl={simulator.Sandbox}",
            $"--Salesforce:MyDomains:{MyDomain}={simulator.ProductionMyDomain}",
            "--Limits:CallsPerSecond=1000000", "--Limits:CallsPerSecondInAll=1000000", "--Limits:Streams=1000000", "--Limits:StreamsInAll=1000000",
            "--Limits:WritesPerTenantAndMinute=1000000", "--Limits:Connections=1000000", "--Limits:ConnectionsPerAddress=1000000",
            "--Limits:ConnectionsPerCaller=1000000",
            .. further.Select(setting => $"--{setting}"),
        ];
        return Task.FromResult(ServerProcess.Start(program, settings, Path.Combine(Folder, "log")));
    }

    protected override async Task ReadyAsync() => await StatusAsync();

    // The same for every stream of a node.
    private static string Instance(int node) => new Guid(node, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]).ToString();
}
