using CsCheck;
using GrpcCreds.Server.Store;
using Xunit;

namespace GrpcCreds.Tests.Store;

public abstract partial class StoreSuite
{
    private static int samples;

    /// <summary>One random commit. Numbers choose among what is there when it runs.</summary>
    /// <param name="Tenant">Which of three tenants.</param>
    /// <param name="Stale">Whether it was decided on a rev other than the stored one.</param>
    /// <param name="Repeat">0 to 2: an id used before, if there is one; else a new one.</param>
    /// <param name="Hours">How far the clock moves first, backwards too.</param>
    /// <param name="Due">0: never; else in so many hours.</param>
    /// <param name="Ends">0 to 3: an id used before, if there is one; else none.</param>
    /// <param name="Seen">What the server has seen: 0 nothing, 1 all, 2 more than there is.</param>
    private sealed record Step(int Tenant, bool Stale, int Repeat, int Hours, int Due, int Ends, int Seen);

    private static readonly Gen<Step[]> Steps = Gen.Select(
        Gen.Int[0, 2],
        Gen.Frequency((5, Gen.Const(false)), (1, Gen.Const(true))),
        Gen.Int[0, 9],
        Gen.Int[-3, 9],
        Gen.Int[0, 5],
        Gen.Int[0, 9],
        Gen.Frequency((3, Gen.Const(0)), (3, Gen.Const(1)), (1, Gen.Const(2))),
        (tenant, stale, repeat, hours, due, ends, seen) => new Step(tenant, stale, repeat, hours, due, ends, seen)).Array[1, 40];

    [Fact]
    public async Task Random_commits_end_as_the_model_says()
    {
        var store = await OpenAsync(options => options.AuditEntriesPerTenant = 10);
        await Steps.SampleAsync(steps => RunAsync(store, steps), iter: 60, threads: 1);
    }

    private static async Task RunAsync(IStore store, Step[] steps)
    {
        // Tenants of its own for each sample, so that one store serves them all.
        var sample = Interlocked.Increment(ref samples);
        var tenants = Enumerable.Range(0, 3).Select(i => TenantId.Parse($"s{sample}-{i}")).ToArray();
        var start = (await store.ChangesSinceAsync(0, 0, Token)).Seq;
        var model = new StoreModel(start, 10);
        var ids = new List<Guid>();
        var now = Noon;
        foreach (var step in steps)
        {
            now += TimeSpan.FromHours(step.Hours);
            var tenant = tenants[step.Tenant];
            var rev = model.Rev(tenant);
            var id = step.Repeat < 3 && ids.Count > 0 ? ids[^(1 + (step.Repeat % ids.Count))] : Guid.NewGuid();
            var commit = Commit(tenant, rev + 5, step.Stale ? rev + 1 : rev, id, now) with
            {
                Due = step.Due == 0 ? null : now.AddHours(step.Due),
                Ends = step.Ends < 4 && ids.Count > 0 ? new RequestResult(ids[^(1 + (step.Ends % ids.Count))], $"ENDED {step.Ends}") : null,
                SeqSeen = step.Seen switch { 0 => 0, 1 => model.Seq, _ => model.Seq + 1 },
            };
            ids.Add(id);

            AssertSameOutcome(model.Apply(commit), await store.CommitAsync(commit, Token));
        }

        await AssertSameStateAsync(model, store, tenants, ids, start);
    }

    private static void AssertSameOutcome(CommitOutcome expected, CommitOutcome actual)
    {
        if (expected is CommitOutcome.Known known)
            AssertSame(known.Request, Assert.IsType<CommitOutcome.Known>(actual).Request);
        else
            Assert.Equal(expected, actual);
    }

    private static async Task AssertSameStateAsync(StoreModel model, IStore store, TenantId[] tenants, List<Guid> ids, long start)
    {
        foreach (var (tenant, stored) in tenants.Zip(await store.ReadAsync(tenants, Token)))
        {
            Assert.Equal(model.Rev(tenant), stored.Record?.Rev ?? 0);
            Assert.Equal(model.Rev(tenant) > 0, stored.InIndex);
            if (stored.Record is { } record)
                Assert.Equal($"sealed {tenant} {record.Rev}", Text(record.Sealed));
            Assert.Equal(model.Audit(tenant), (await store.AuditAsync(tenant, null, 100, Token)).Select(entry => entry.Rev));
            foreach (var id in ids)
            {
                var (expected, actual) = (model.Request(tenant, id), await store.RequestAsync(tenant, id, Token));
                if (expected is null)
                    Assert.Null(actual);
                else
                    AssertSame(expected, actual);
            }
        }

        var changes = await store.ChangesSinceAsync(0, start, Token);
        Assert.Equal(model.Seq, changes.Seq);
        Assert.Equal(model.Changes, changes.Tenants.OrderBy(change => change.Seq));
        var due = await store.DueAsync(DateTimeOffset.MaxValue, 100_000, Token);
        Assert.Equal(model.Due.Order(), due.Where(tenants.Contains).Order());
    }
}
