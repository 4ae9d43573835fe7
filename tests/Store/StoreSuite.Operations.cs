using GrpcCreds.Server.Api.Validation;
using GrpcCreds.Server.Store;
using Xunit;

namespace GrpcCreds.Tests.Store;

public abstract partial class StoreSuite
{
    // Each operation by its name: a test fails if one is missing.
    private static readonly Dictionary<string, Func<IStore, CancellationToken, Task>> Operations = new()
    {
        [nameof(IStore.OpenAsync)] = (store, token) => store.OpenAsync(token),
        [nameof(IStore.CreateMetaAsync)] = (store, token) => store.CreateMetaAsync(Meta("deployment-1", 1), token),
        [nameof(IStore.MetaAsync)] = (store, token) => store.MetaAsync(token),
        [nameof(IStore.ChangeMetaAsync)] = (store, token) =>
            store.ChangeMetaAsync(Meta("deployment-1", 1), Meta("deployment-1", 1) with { Sealing = ["x"] }, ["one"], token),
        [nameof(IStore.CheckAsync)] = (store, token) => store.CheckAsync(token),
        [nameof(IStore.CommitAsync)] = (store, token) => store.CommitAsync(Commit(Acme, 2, read: 1), token),
        [nameof(IStore.ReadAsync)] = (store, token) => store.ReadAsync([Acme, Globex], token),
        [nameof(IStore.RevsAsync)] = (store, token) => store.RevsAsync([Acme, Globex], token),
        [nameof(IStore.KeyIdsAsync)] = (store, token) => store.KeyIdsAsync([Acme, Globex], token),
        [nameof(IStore.ResealAsync)] = (store, token) => store.ResealAsync(Acme, new StoredRecord(1, "key-2", Bytes("x")), "key-1", token),
        [nameof(IStore.ChangesSinceAsync)] = (store, token) => store.ChangesSinceAsync(0, 0, token),
        [nameof(IStore.DueAsync)] = (store, token) => store.DueAsync(Noon, 10, token),
        [nameof(IStore.RequestAsync)] = (store, token) => store.RequestAsync(Acme, Guid.NewGuid(), token),
        [nameof(IStore.AuditAsync)] = (store, token) => store.AuditAsync(Acme, null, 10, token),
        [nameof(IStore.AppendAsync)] = (store, token) => store.AppendAsync(AuditJournal.Disclosures(Acme), Guid.NewGuid(), Bytes("x"), token),
        [nameof(IStore.JournalAsync)] = (store, token) => store.JournalAsync(AuditJournal.Disclosures(Acme), null, 10, token),
        [nameof(IStore.GuardAsync)] = (store, token) => store.GuardAsync("k", Noon, token),
        [nameof(IStore.SetGuardAsync)] = (store, token) => store.SetGuardAsync(Guard("k", 1), token),
        [nameof(IStore.SetNodesAsync)] = (store, token) => store.SetNodesAsync(Acme, [new("a", "1")], ["b"], Noon, token),
        [nameof(IStore.NodesSinceAsync)] = (store, token) => store.NodesSinceAsync(Acme, 0, token),
        [nameof(IStore.BeatAsync)] = (store, token) => store.BeatAsync(new("one", Noon, ""), token),
    };

    [Fact]
    public void Every_operation_is_tried() => Assert.Equal(
        typeof(IStore).GetMethods().Where(method => !method.IsSpecialName).Select(method => method.Name)
            .Order(StringComparer.Ordinal), Operations.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public async Task Whatever_is_asked_of_a_store_that_was_closed_it_is_not_available()
    {
        var store = await OpenAsync();
        await store.DisposeAsync();
        foreach (var (name, run) in Operations.Where(operation => operation.Key != nameof(IStore.OpenAsync)))
            Assert.True(await ThrownAsync(run, store, Token) is StoreUnavailableException, name);
    }

    [Fact]
    public async Task Whatever_is_wrong_with_everything_in_the_store_an_operation_ends_as_documented()
    {
        await using (var whole = await OpenAsync())
        {
            foreach (var (_, run) in Operations.Where(operation => operation.Key is not (nameof(IStore.OpenAsync) or nameof(IStore.ChangeMetaAsync))))
                await run(whole, Token);
        }
        for (var way = 0; await DamageAllAsync(way); way++)
        {
            var store = Create();
            if (await ThrownAsync((opened, token) => opened.OpenAsync(token), store, Token) is { } refused)
                Assert.True(refused is StoreRefusedException or StoreUnavailableException, refused.ToString());
            else
                await TryAllAsync(store, $"way {way}");
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_caller_that_has_gone_gets_what_it_asked_for_or_is_told_that_it_has_gone()
    {
        var store = await OpenAsync();
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        foreach (var (name, run) in Operations.Where(operation => operation.Key != nameof(IStore.OpenAsync)))
            Assert.True(await ThrownAsync(run, store, gone.Token) is null or OperationCanceledException, name);
    }

    private static async Task TryAllAsync(IStore store, string what)
    {
        foreach (var (name, run) in Operations.Where(operation => operation.Key != nameof(IStore.OpenAsync)))
        {
            var thrown = await ThrownAsync(run, store, Token);
            Assert.True(
                thrown is null or StoreUnavailableException || (thrown is StoreRefusedException && name == nameof(IStore.CreateMetaAsync)),
                $"{what}, {name}: {thrown}");
        }
    }

    /// <summary>Damages everything in the store in one way after the other.</summary>
    /// <returns>False: there is no such way.</returns>
    private protected abstract Task<bool> DamageAllAsync(int way);

    private static async Task<Exception?> ThrownAsync(Func<IStore, CancellationToken, Task> run, IStore store, CancellationToken cancellationToken)
    {
        try
        {
            await run(store, cancellationToken);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }
}
