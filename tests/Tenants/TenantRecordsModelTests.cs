using System.Collections.Concurrent;
using CsCheck;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Salesforce.Renewal;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Rules;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>
/// Random commands by concurrent callers through the one door, on a real store. Every acknowledged commit has its own rev; played to the
/// model in the order of their revs they must have had the very results they had.
/// </summary>
public sealed class TenantRecordsModelTests
{
    private const int Callers = 6;
    private const int CommandsPerCaller = 250;

    private sealed record Event(long Rev, DateTimeOffset Now, Command Command, WriteResult Result, long Revision, long Etag);

    [Fact]
    public Task On_the_embedded_store_concurrent_commands_are_one_history() => CheckAsync([]);

    [Fact]
    public async Task On_Redis_concurrent_commands_are_one_history()
    {
        await using var redis = await RedisServer.StartAsync();
        await CheckAsync([$"ConnectionStrings:Redis={redis.ConnectionString}"]);
    }

    private static async Task CheckAsync(IEnumerable<string> settings)
    {
        // No command here does due work. A worker stopped before it has begun looks to the host like one that failed.
        await using var service = await Service.StartAsync(
            settings: settings, configure: services =>
                services.Configure<HostOptions>(host => host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore));
        await service.Services.GetServices<IHostedService>().OfType<DueWorker>().Single().StopAsync(default);
        var ledger = service.Services.GetRequiredService<TenantRecords>();
        TenantId[] tenants = [TenantId.Parse("one"), TenantId.Parse("two")];
        var histories = tenants.ToDictionary(tenant => tenant, _ => new ConcurrentBag<Event>());
        var random = Gen.Select(RandomCommands.Write.Array[CommandsPerCaller], RandomAnswers.Any.Array[CommandsPerCaller]).Single();

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            for (var i = caller; i < CommandsPerCaller * Callers; i += Callers)
            {
                var tenant = tenants[i % tenants.Length];
                await RunAsync(ledger, tenant, random.Item1[i / Callers] with { RequestId = Guid.NewGuid() }, random.Item2[i / Callers], histories[tenant]);
            }
        })));

        foreach (var (tenant, history) in histories)
            Replay([.. history.OrderBy(e => e.Rev)], (await ledger.ReadAsync(tenant, default)).Record);
    }

    private static async Task RunAsync(
        TenantRecords ledger, TenantId tenant, Command.Request write, Func<DateTimeOffset, RandomAnswers> answers, ConcurrentBag<Event> history)
    {
        var key = new RequestKey(write.RequestId, new byte[] { 1, 2, 3 });
        if (write is Command.StartSetup start)
            write = start with { StateHash = $"state-{write.RequestId}" };
        var applied = await ApplyAsync(ledger, tenant, write, key, history);

        // Sent again by a caller that got no answer: nothing changes, and the answer is the same.
        var again = await ledger.ApplyAsync(tenant, write, Origin.Service("TEST"), key, default);
        if (applied is Applied.Done done)
            Assert.True(Assert.IsType<Applied.Known>(again).Result is var known
                && (known == done.Result || (done.Result == WriteResult.Pending && known == WriteResult.CandidateChanged)));
        else if (again is Applied.Done late)
            history.Add(EventOf(write, late)); // Refused before, and by now the ground has changed: that is a first application.
        if ((applied as Applied.Done ?? again as Applied.Done) is { State: var state })
            await FollowAsync(ledger, tenant, write, state, answers(DateTimeOffset.UtcNow), history);
    }

    // The consequences of a write: the verdict on its test, the setup it opened, and now and then a renewal.
    private static async Task FollowAsync(TenantRecords ledger, TenantId tenant,
        Command.Request write, TenantRecord state, RandomAnswers answers, ConcurrentBag<Event> history)
    {
        if (state.Test is { } test && test.Attempt == state.Rev)
            await ApplyAsync(ledger, tenant, new Command.FinishTest(test.Attempt, answers.TestOf(state)), RequestKey.Own(), history);
        if (write is Command.StartSetup { StateHash: var stateHash })
        {
            var complete = new Command.CompleteSetup { By = RandomCommands.Caller, RequestId = Guid.NewGuid(), StateHash = stateHash, ByAnybody = false };
            if (await ApplyAsync(ledger, tenant, complete, new RequestKey(complete.RequestId, new byte[] { 4 }), history) is Applied.Done
                { State.Setup.Completion: { } completion })
                await ApplyAsync(ledger, tenant, new Command.FinishSetup(completion.Attempt, RandomAnswers.LoginUrl, answers.Code), RequestKey.Own(), history);
        }
        if (state.OAuth.Current is { Grant: not null } current
            && await ApplyAsync(ledger, tenant, new Command.ClaimRenewal { CredentialId = current.CredentialId }, RequestKey.Own(), history) is Applied.Done
                { State: var claimed })
        {
            var claim = claimed.OAuth.Current!.Renewal.Claim!;
            await ApplyAsync(ledger, tenant, new Command.FinishRenewal(claim.Attempt,
                claim.Step == RenewalCall.Introspect ? answers.Introspection : answers.Refresh), RequestKey.Own(), history);
        }
    }

    private static async Task<Applied> ApplyAsync(TenantRecords ledger, TenantId tenant, Command command, RequestKey key, ConcurrentBag<Event> history)
    {
        var applied = await ledger.ApplyAsync(tenant, command, Origin.Service("TEST"), key, default);
        if (applied is Applied.Done done)
            history.Add(EventOf(command, done));
        return applied;
    }

    private static Event EventOf(Command command, Applied.Done done) =>
        new(done.State.Rev, DateTimeOffset.UtcNow, command, done.Result, done.State.Revision, done.State.Etag);

    private static void Replay(IReadOnlyList<Event> history, TenantRecord last)
    {
        Assert.True(history.Count > CommandsPerCaller, "most commands were carried out");
        Assert.Equal(history.Count, history.Select(e => e.Rev).Distinct().Count());
        var model = new RecordModel();
        foreach (var e in history)
        {
            Assert.Equal(e.Result, model.Apply(e.Command, new Moment(e.Rev, e.Now)));
            Assert.Equal(model.Nodes.Revision, e.Revision);
            Assert.Equal(model.Etag, e.Etag);
        }
        Assert.Equal(history[^1].Rev, last.Rev);
        Assert.Equal(model.Nodes.Revision, last.Revision);
    }
}
