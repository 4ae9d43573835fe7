using GrpcCreds.Server.Accounts;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;
using Xunit;

namespace GrpcCreds.Tests.Accounts;

public abstract partial class LoginGuardSuite
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private static readonly PasswordCredential Ann = Password("ann@acme.test", "a");

    [Fact]
    public async Task A_claim_that_was_written_without_an_answer_is_recognised_and_counts_once()
    {
        var faults = new GuardFaults(await StoreAsync());
        var server = Server(faults, Clock);
        for (var i = 0; i < 5; i++)
        {
            var first = Clock.GetUtcNow();
            faults.AfterWrite = Times(2, GuardFaults.Away);
            var claim = await ClaimedAsync(PassingTimeAsync(server.ClaimAsync(Ann, countsAsTest: true, Patience, Token)));
            // From the write that was answered, not from the first one.
            Assert.True(claim.EndTime > first.AddSeconds(60));
            await server.SettleAsync(claim, Refusal with { Class = FailureClass.Unavailable });
        }
        Assert.IsType<AccountAnswer.Protected>(await server.ClaimAsync(Ann, countsAsTest: true, None, Token));
    }

    [Fact]
    public async Task A_claim_that_was_not_written_is_written_when_the_store_is_back()
    {
        var faults = new GuardFaults(await StoreAsync()) { BeforeRead = Times(2, GuardFaults.Away), BeforeWrite = Times(2, GuardFaults.Away) };
        await ClaimedAsync(PassingTimeAsync(Server(faults, Clock).ClaimAsync(Ann, countsAsTest: true, Patience, Token)));
    }

    [Fact]
    public async Task Nothing_is_claimed_while_the_store_stays_away()
    {
        var faults = new GuardFaults(await StoreAsync()) { BeforeWrite = GuardFaults.Away };
        await Assert.ThrowsAsync<StoreUnavailableException>(
            () => PassingTimeAsync(Server(faults, Clock).ClaimAsync(Ann, countsAsTest: true, Patience, Token), Second));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Server(faults, Clock).ClaimAsync(Ann, countsAsTest: true, None, Token));
    }

    [Fact]
    public async Task A_claim_is_durable_when_it_is_answered()
    {
        var store = await StoreAsync();
        var claim = await ClaimedAsync(Server(store, Clock).ClaimAsync(Ann, countsAsTest: true, None, Token));
        Assert.NotNull(await store.GuardAsync(claim.Account, Clock.GetUtcNow(), Token));
        Assert.Equal(new AccountAnswer.Busy(claim.EndTime), await (await ServerAsync()).ClaimAsync(Ann, countsAsTest: true, None, Token));
    }

    [Fact]
    public async Task A_refusal_is_remembered_though_the_store_was_away_when_it_came()
    {
        var faults = new GuardFaults(await StoreAsync());
        var server = Server(faults, Clock);
        var claim = await ClaimedAsync(server.ClaimAsync(Ann, countsAsTest: true, None, Token));
        faults.BeforeWrite = Times(10, GuardFaults.Away);
        faults.AfterWrite = Times(3, GuardFaults.Away);

        await PassingTimeAsync(SettledAsync(server, claim, Refusal));

        Assert.IsType<AccountAnswer.Remembered>(await server.ClaimAsync(Ann, countsAsTest: true, None, Token));
    }

    [Fact]
    public async Task Settling_gives_up_when_the_claim_has_ended()
    {
        var faults = new GuardFaults(await StoreAsync());
        var server = Server(faults, Clock);
        var claim = await ClaimedAsync(server.ClaimAsync(Ann, countsAsTest: true, None, Token));
        faults.BeforeRead = GuardFaults.Away;

        await Assert.ThrowsAsync<StoreUnavailableException>(() => PassingTimeAsync(SettledAsync(server, claim, Refusal), Second));

        Assert.True(Clock.GetUtcNow() >= claim.EndTime);
    }

    [Fact]
    public async Task A_caller_who_goes_while_the_claim_is_written_still_gets_it()
    {
        using var caller = new CancellationTokenSource();
        var faults = new GuardFaults(await StoreAsync()) { BeforeWrite = caller.Cancel };
        await ClaimedAsync(Server(faults, Clock).ClaimAsync(Ann, countsAsTest: true, None, caller.Token));
    }

    [Fact]
    public async Task A_caller_who_goes_while_it_waits_claims_nothing()
    {
        using var caller = new CancellationTokenSource();
        var (server, other) = (await ServerAsync(), await ServerAsync());
        var claim = await ClaimedAsync(server.ClaimAsync(Ann, countsAsTest: true, None, Token));
        var waiting = other.ClaimAsync(Ann, countsAsTest: true, Patience, caller.Token);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await server.SettleAsync(claim, failure: null);
        await ClaimedAsync(server.ClaimAsync(Ann, countsAsTest: true, None, Token));
    }

    [Fact]
    public async Task In_a_store_that_is_not_ours_nothing_is_claimed()
    {
        var server = Server(await StoreAsync(), Clock, new StoreHealth(Clock) { IsForeign = true });
        await Assert.ThrowsAsync<StoreUnavailableException>(() => server.ClaimAsync(Ann, countsAsTest: true, None, Token));
    }

    [Fact]
    public async Task An_entry_that_cannot_be_unsealed_is_not_taken_for_none()
    {
        var store = await StoreAsync();
        var server = Server(store, Clock);
        var claim = await ClaimedAsync(server.ClaimAsync(Ann, countsAsTest: true, None, Token));
        var entry = (await store.GuardAsync(claim.Account, Noon, Token))!;
        // The very bytes, but of another version: an old record must not pass for the new one.
        var write = new CasWrite { Key = claim.Account, ReadVersion = entry.Version,
            Version = entry.Version + 1, Sealed = entry.Sealed, Now = Noon, Lifetime = Patience };
        Assert.True(await store.SetGuardAsync(write, Token));

        await Assert.ThrowsAsync<StoreUnavailableException>(() => server.ClaimAsync(Ann, countsAsTest: true, None, Token));
    }

    private static async Task<bool> SettledAsync(LoginGuard server, AccountClaim claim, Failure? failure)
    {
        await server.SettleAsync(claim, failure);
        return true;
    }

    private static Action Times(int times, Action fault) => () =>
    {
        if (times-- > 0)
            fault();
    };
}
