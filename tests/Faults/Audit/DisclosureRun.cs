using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Faults.Audit;

/// <summary>
/// Nodes that watch and get while an administrator changes everything and the service (on Redis: both, or one) is killed at random moments; then
/// what they received is held against the audit.
/// </summary>
internal sealed class DisclosureRun(bool onRedis, int kills, string? bug = null)
{
    private const string Password = "Pa55";
    private static readonly string[] Tenants = ["acme", "globex", "initech"];
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<(string Tenant, long Revision, string Caller), bool> received = new();
    private int users;

    public int Received => received.Count;

    /// <returns>What was received and is not in the audit, and whose chain of writes is broken.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(int seed)
    {
        var random = new Random(seed);
        using var directory = new TemporaryDirectory();
        await using var simulator = await Simulator.StartAsync();
        await using var redis = onRedis ? await RedisServer.StartAsync() : null;
        var callers = new KeyCallers(6, Path.Combine(directory.Path, "callers.json"));
        List<string> settings =
        [
            $"Callers:File={Path.Combine(directory.Path, "callers.json")}", "Store:AuditEntriesPerTenant=100000", "Limits:WritesPerTenantAndMinute=1000000",
            .. redis is null ? Array.Empty<string>() : [$"ConnectionStrings:Redis={redis.ConnectionString}"],
        ];
        await using var service = await SeededServer.StartAsync(simulator, Path.Combine(directory.Path, "data"), settings, bug);

        using var stop = new CancellationTokenSource();
        List<Task> running =
        [
            .. callers.Nodes.Select((name, number) => NodeAsync(callers, name, service.Grpc, gets: number % 3 == 0, stop.Token)),
            WriteAsync(callers, simulator, service.Grpc, stop.Token),
        ];
        for (var kill = 0; kill < kills; kill++)
        {
            var before = received.Count;
            await Waiting.UntilAsync(() => received.Count >= before + 8, "nodes receive credentials again");
            await Task.Delay(random.Next(200));
            await KillAsync(service, redis, random);
        }
        await stop.CancelAsync();
        await Task.WhenAll(running);
        return await MissingAsync(callers, service.Grpc);
    }

    private static async Task KillAsync(ServiceProcess service, RedisServer? redis, Random random)
    {
        var victims = redis is null ? 1 : random.Next(1, 4);
        await Task.WhenAll((victims & 1) != 0 ? service.KillAsync() : Task.CompletedTask, (victims & 2) != 0 ? redis!.KillAsync() : Task.CompletedTask);
        await Task.WhenAll((victims & 1) != 0 ? service.StartAsync() : Task.CompletedTask, (victims & 2) != 0 ? redis!.RestartAsync() : Task.CompletedTask);
    }

    private async Task NodeAsync(KeyCallers callers, string name, Uri address, bool gets, CancellationToken stopping)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var client = callers.As(name, channel);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (gets)
                    await GetAsync(client, name, stopping);
                else
                    await WatchAsync(client, name, stopping);
            }
            catch (RpcException e) when (e.StatusCode is not (StatusCode.Unauthenticated or StatusCode.PermissionDenied or StatusCode.DataLoss))
            {
                // Killed, or not recorded: then nothing was received.
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private async Task WatchAsync(SyncCredentials.SyncCredentialsClient client, string name, CancellationToken stopping)
    {
        var request = new WatchActiveCredentialRequest();
        request.Tenants.AddRange(Tenants.Select(tenant => new WatchedTenant { TenantId = tenant }));
        using var watch = client.WatchActiveCredential(request, cancellationToken: stopping);
        while (await watch.ResponseStream.MoveNext(stopping))
            Take(watch.ResponseStream.Current.Credential, name);
    }

    private async Task GetAsync(SyncCredentials.SyncCredentialsClient client, string name, CancellationToken stopping)
    {
        foreach (var tenant in Tenants)
            Take((await client.GetActiveCredentialAsync(new() { TenantId = tenant },
                deadline: DateTime.UtcNow.AddSeconds(3), cancellationToken: stopping)).Credential, name);
    }

    private void Take(ActiveCredential? credential, string name)
    {
        if (credential is not null)
            received[(credential.TenantId, credential.Revision, name)] = true;
    }

    private async Task WriteAsync(KeyCallers callers, Simulator simulator, Uri address, CancellationToken stopping)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var client = callers.As("admin", channel);
        for (var i = 0; !stopping.IsCancellationRequested; i++)
        {
            var user = simulator.AddUser($"user{++users}@audit.test", Password);
            try
            {
                await client.SetPasswordCredentialAsync(
                    new() { TenantId = Tenants[i % Tenants.Length], Username = user.Username, Password = Password, SecurityToken = "" },
                    deadline: DateTime.UtcNow.AddSeconds(3),
                    cancellationToken: CancellationToken.None);
            }
            catch (RpcException e) when (e.StatusCode is not (StatusCode.Unauthenticated or StatusCode.PermissionDenied or StatusCode.InvalidArgument))
            {
                await Task.Delay(Pause, CancellationToken.None);
            }
        }
    }

    private async Task<IReadOnlyList<string>> MissingAsync(KeyCallers callers, Uri address)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var client = callers.As("auditor", channel);
        var recorded = new HashSet<(string, long, string)>();
        var findings = new List<string>();
        foreach (var tenant in Tenants)
        {
            var request = new ListAuditEventsRequest { TenantId = tenant, PageSize = 200, VerifyChain = true };
            do
            {
                var page = await PageAsync(client, request);
                foreach (var told in page.Events.Where(told => told.Kind == AuditKind.Disclosure))
                    recorded.UnionWith(told.Recipients.Select(to => (told.TenantId, told.Revision, to.Caller)));
                findings.AddRange(page.Events.Where(told => told.Damaged).Select(told => $"damaged: {told}"));
                if (page.Chain is { Verdict: not ChainVerdict.Intact } chain)
                    findings.Add($"chain: {chain}");
                (request.PageToken, request.VerifyChain) = (page.NextPageToken, false);
            }
            while (request.PageToken != "");
        }
        return [.. findings, .. received.Keys.Where(seen => !recorded.Contains(seen)).Select(seen => $"unrecorded: {seen}")];
    }

    // The last kill may just be over.
    private static async Task<ListAuditEventsResponse> PageAsync(SyncCredentials.SyncCredentialsClient client, ListAuditEventsRequest request)
    {
        ListAuditEventsResponse? page = null;
        await Waiting.UntilAsync(
            async () =>
            {
                try
                {
                    page = await client.ListAuditEventsAsync(request);
                    return true;
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
                {
                    return false;
                }
            },
            "the audit is read");
        return page!;
    }
}
