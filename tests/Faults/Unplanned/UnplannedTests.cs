using GrpcCreds.Tests.Faults.Renewal;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Faults.Unplanned;

/// <summary>
/// The store throws unexpected exceptions, one at a time at each place where the service awaits it, or everywhere for a while. Afterwards
/// everything works without a restart. Runs some of the places, drawn from a printed seed; with GRPCCREDS_FULL=true all places and kinds.
/// </summary>
public sealed class UnplannedTests(ITestOutputHelper output)
{
#pragma warning disable CA2201 // As the runtime would.
    private static readonly Func<Exception>[] Kinds =
    [
        () => new InvalidOperationException("unplanned"), () => new NullReferenceException(),
        () => new OperationCanceledException(), () => new TimeoutException(),
    ];
#pragma warning restore CA2201

    [Fact]
    public async Task One_exception_at_any_place_stops_nothing_for_good()
    {
        var random = RunPlan.Seeded(output);
        await using var world = await UnplannedWorld.StartAsync();
        await world.LiveAsync("nothing");
        await world.LiveAsync("nothing");
        var met = new HashSet<string>();
        var chosen = world.Store.Places.Where(place => !IsOfTheStart(place)).OrderBy(_ => random.Next())
            .DistinctBy(place => RunPlan.IsFull ? place.ToString() : $"{place.Operation} {place.Caller}").ToList();
        foreach (var place in chosen)
        {
            foreach (var kind in RunPlan.IsFull ? Kinds : [Kinds[random.Next(Kinds.Length)]])
            {
                var exception = kind();
                var fault = world.Store.BreakNext(place, RunPlan.IsFull, exception, afterwards: random.Next(2) == 0);
                for (var life = 0; life < 2 && !fault.IsMet; life++)
                    await world.LiveAsync($"{exception.GetType().Name} {(fault.Afterwards ? "after" : "instead of")} {place}");
                if (fault.IsMet)
                    met.Add(place.Operation);
            }
        }
        output.WriteLine($"{chosen.Count} places, {string.Join(", ", met.Order(StringComparer.Ordinal))}");
        // Each operation of every life was broken at least once.
        Assert.Superset(
            new HashSet<string> { "AppendAsync", "BeatAsync", "ChangesSinceAsync", "CommitAsync", "DueAsync",
                "GuardAsync", "MetaAsync", "NodesSinceAsync", "ReadAsync", "RevsAsync", "SetGuardAsync", "SetNodesAsync" },
            met);
    }

    [Fact]
    public async Task Exceptions_everywhere_for_a_while_stop_nothing_for_good_and_show_in_health()
    {
        await using var world = await UnplannedWorld.StartAsync();
        await world.LiveAsync("nothing");
        using var http = new HttpClient();
        Task<string> HealthAsync() => http.GetAsync(new Uri(world.Service.Http, "/healthz/ready"))
            .ContinueWith(answer => answer.Result.Content.ReadAsStringAsync(), TaskScheduler.Default).Unwrap();
        for (var round = 0; round < 2; round++)
        {
            var calls = 0;
            var until = DateTime.UtcNow.AddSeconds(3);
            world.Store.BreakAll(() => DateTime.UtcNow < until ? Kinds[Interlocked.Increment(ref calls) % Kinds.Length]() : null);
            var life = world.LiveAsync("exceptions everywhere");
            await Waiting.UntilAsync(async () => (await HealthAsync()).Contains("WORKER_FAILING: ", StringComparison.Ordinal), "health says so");
            await life;
        }
        // The same failure of the same work is not logged with each of its rounds.
        var logged = world.Service.Logs.GetSnapshot().Where(record => record.Id.Id == 131).GroupBy(record => record.GetStructuredStateValue("Work"));
        Assert.All(logged, work => Assert.InRange(work.Count(), 1, 40));
        await Waiting.UntilAsync(async () => !(await HealthAsync()).Contains("Follower", StringComparison.Ordinal), "it works again");
    }

    // Whoever starts a service starts it again.
    private static bool IsOfTheStart(BreakingStore.Place place) => place.Operation is "OpenAsync" or "CreateMetaAsync";
}
