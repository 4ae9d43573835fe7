using System.Collections.Concurrent;
using GrpcCreds.SeededServer;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Sqlite;
using GrpcCreds.Server.Time;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Salesforce.Renewal;

/// <summary>Many tenants are due at once, and each takes long.</summary>
public sealed class DueWorkerTests
{
    private const int Many = 10_000;

    [Fact]
    public async Task What_is_read_of_the_due_index_grows_with_the_tenants_that_are_due_and_not_with_their_square()
    {
        DueStore? store = null;
        var clock = new DevelopmentClock(speed: 1);
        await using var service = await Service.StartAsync(clock: clock, configure: services => services.AddSingleton<IStore>(
            provider => store = new DueStore(new SqliteStore(provider.GetRequiredService<IOptions<StoreOptions>>()))));
        await Waiting.UntilAsync(() => store!.Begun == Many, "all have begun");
        Assert.InRange(store!.RowsRead, Many, 4 * Many);
        // While they wait, the index is read again and again.
        var before = store.RowsRead;
        for (var second = 0; second < 60; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
        Assert.InRange(store.RowsRead - before, 0, 10 * Many);
        store.Release();
    }

    [Fact]
    public async Task What_becomes_due_by_a_commit_of_this_server_waits_for_no_look_at_the_index()
    {
        DueStore? store = null;
        await using var simulator = await SalesforceSimulator.Simulator.StartAsync();
        simulator.AddUser(Calls.User, Calls.Password);
        await using var service = await Service.StartAsync(simulator, configure: services => services.AddSingleton<IStore>(
            provider => store = new DueStore(new SqliteStore(provider.GetRequiredService<IOptions<StoreOptions>>()))));
        await Waiting.UntilAsync(() => store!.Begun == Many, "all have begun");
        await service.Client.ActivateAsync();
        using var node = await Rollout.ReportingNode.OpenAsync(service.Client);
        simulator.EndSessions(Calls.User);
        // The index of this store never names it.
        Assert.Equal(V1.ReportVerdict.Superseded, (await node.RejectsAsync()).Verdict);
        store!.Release();
    }

    private sealed class DueStore(IStore store) : DecoratedStore(store)
    {
        private static readonly TenantId[] Due = [.. Enumerable.Range(0, Many).Select(number => TenantId.Parse($"due-{number}"))];

        private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ConcurrentDictionary<TenantId, bool> begun = new();
        private int rowsRead;

        public int RowsRead => Volatile.Read(ref rowsRead);

        public int Begun => begun.Count;

        public void Release() => released.TrySetResult();

        public override Task<IReadOnlyList<TenantId>> DueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
        {
            IReadOnlyList<TenantId> rows = released.Task.IsCompleted ? [] : [.. Due.Take(limit)];
            Interlocked.Add(ref rowsRead, rows.Count);
            return Task.FromResult(rows);
        }

        public override async Task<IReadOnlyList<StoredTenant>> ReadAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken)
        {
            if (tenants is [var tenant] && tenant.ToString().StartsWith("due-", StringComparison.Ordinal))
            {
                begun[tenant] = true;
                await released.Task;
            }
            return await base.ReadAsync(tenants, cancellationToken);
        }
    }
}
