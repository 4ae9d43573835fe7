using System.Diagnostics;
using Grpc.Core;
using GrpcCreds.Tests.Faults.Crash;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Robustness.Traffic;

/// <summary>All callers of one round, over all services. Tenants of the round are written; those with OAuth are only renewed.</summary>
internal sealed class Load : IAsyncDisposable
{
    private const int Written = 6, Readers = 3, Watchers = 200, TenantsPerWatcher = 2;
    private static readonly TimeSpan SettleWithin = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ConvergeWithin = TimeSpan.FromSeconds(10);

    private readonly History history;
    private readonly List<Writer> writers = [];
    private readonly List<Reader> readers = [];
    private readonly List<Watcher> watchers = [];
    private readonly List<Task> calling = [], watching = [];
    private readonly CancellationTokenSource stopCalling = new(), stopWatching = new();

    public Load(History history, IReadOnlyList<Uri> services, Users users, string prefix, IReadOnlyList<string> renewed, int seed)
    {
        this.history = history;
        Tenants = [.. Enumerable.Range(1, Written).Select(number => $"{prefix}-{number}")];
        string[] all = [.. Tenants, .. renewed];
        var random = new Random(seed);
        // Two writers of a tenant either both compare, and often lose, or both do not.
        foreach (var (tenant, number) in Tenants.SelectMany((tenant, number) => new[] { (tenant, number), (tenant, number) }))
            writers.Add(new(history, services, users, tenant, withEtags: number % 2 == 0, new Random(random.Next())));
        for (var number = 0; number < Readers; number++)
            readers.Add(new(history, services, users, Tenants, new Random(random.Next())));
        foreach (var (service, number) in services.Select((service, number) => (service, number)))
        {
            watchers.Add(new StatusWatcher(history, service, Tenants, $"status-{number}"));
            watchers.Add(new LibraryWatcher(history, service, users, all, $"library-{number}"));
        }
        for (var number = 0; watchers.Count < Watchers; number++)
        {
            string[] some = [.. Enumerable.Range(0, TenantsPerWatcher).Select(one => all[((number * TenantsPerWatcher) + one) % all.Length])];
            watchers.Add(new ActiveWatcher(history, services, users, some, $"node-{number}", number, isNode: number % 10 == 0));
        }
    }

    /// <summary>The tenants that are written.</summary>
    public IReadOnlyList<string> Tenants { get; }

    public int Acknowledged => history.Attempts.Count(attempt => attempt.Shown is not null);

    public void Start()
    {
        watching.AddRange(watchers.Select(watcher => watcher.RunAsync(stopWatching.Token)));
        calling.AddRange(writers.Cast<Caller>().Concat(readers).Select(caller => caller.RunAsync(stopCalling.Token)));
    }

    /// <summary>Ends the writes and asks until the outcome of each is known; then everybody who watches has to hold the newest state.</summary>
    public async Task EndAsync(SyncCredentials.SyncCredentialsClient client)
    {
        await stopCalling.CancelAsync();
        await Task.WhenAll(calling);
        using var until = new CancellationTokenSource(SettleWithin);
        await Task.WhenAll(writers.Select(writer => writer.SettleAsync(until.Token)));
        // One that is tested may take a minute: if the store failed during its test, the test ends as unknown then.
        foreach (var open in writers.Select(writer => writer.Open).OfType<Write>().Where(write => !write.Activates))
            history.Surprises.Enqueue($"unsettled: {open.RequestId} of {open.Tenant} has no outcome {SettleWithin.TotalSeconds} s after the last fault");
        foreach (var missing in await MissingAsync(client))
            history.Surprises.Enqueue($"not converged: {missing} {ConvergeWithin.TotalSeconds} s after the fault");
        await stopWatching.CancelAsync();
        await Task.WhenAll(watching);
    }

    public async ValueTask DisposeAsync()
    {
        await stopCalling.CancelAsync();
        await stopWatching.CancelAsync();
        await Task.WhenAll(calling.Concat(watching));
        foreach (var caller in writers.Cast<Caller>().Concat(readers).Concat(watchers))
            caller.Dispose();
        stopCalling.Dispose();
        stopWatching.Dispose();
    }

    private async Task<IReadOnlyList<string>> MissingAsync(SyncCredentials.SyncCredentialsClient client)
    {
        var since = History.Now;
        while (true)
        {
            var late = Stopwatch.GetElapsedTime(since) > ConvergeWithin;
            var missing = new List<string>();
            foreach (var tenant in watchers.SelectMany(watcher => watcher.Tenants).Distinct())
            {
                try
                {
                    var status = (await client.GetCredentialStatusAsync(new() { TenantId = tenant })).Status;
                    missing.AddRange(watchers.Where(watcher => watcher.Tenants.Contains(tenant) && !Holds(watcher, status))
                        .Select(watcher => $"{watcher.Name} does not hold revision {status.Revision} of {tenant}"));
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
                {
                    missing.Add($"{tenant} cannot be read");
                }
            }
            if (missing.Count == 0 || late)
                return missing;
            await Task.Delay(100);
        }
    }

    private static bool Holds(Watcher watcher, CredentialStatus status) =>
        watcher.Held.TryGetValue(status.TenantId, out var held) && held.Revision == status.Revision && (held.Etag is null || held.Etag == status.Etag);
}
