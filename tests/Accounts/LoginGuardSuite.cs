using System.Text;
using GrpcCreds.Server.Accounts;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GrpcCreds.Tests.Accounts;

/// <summary>The protection of accounts as several servers use it, on each engine.</summary>
public abstract partial class LoginGuardSuite : IAsyncLifetime
{
    private protected static readonly DateTimeOffset Noon = new(2027, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan None = TimeSpan.Zero;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Sealer sealer = new();

    protected LoginGuardSuite() =>
        sealer.Unlock("deployment-1", new KeyRing(new Dictionary<string, byte[]> { ["main"] = Key(1) }, "main", Key(2)));

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected FakeTimeProvider Clock { get; } = new(Noon);

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public abstract ValueTask DisposeAsync();

    /// <summary>The store as one more server sees it, open.</summary>
    private protected abstract Task<IStore> StoreAsync();

    /// <summary>Everything the store has on disk.</summary>
    private protected abstract byte[] OnDisk();

    [Fact]
    public async Task Of_fifty_logins_with_the_same_wrong_values_one_is_sent_and_all_others_get_its_refusal()
    {
        var servers = await ServersAsync(5, TimeProvider.System);
        var wrong = Password("ann@acme.test", "wrong");

        var first = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => servers[i % 5].ClaimAsync(wrong, i % 2 == 0, None, Token)));
        var claim = Assert.Single(first.OfType<AccountAnswer.Claimed>()).Claim;
        Assert.Equal(49, first.OfType<AccountAnswer.Busy>().Count());
        var waiting = Enumerable.Range(0, 50).Select(i => servers[i % 5].ClaimAsync(wrong, i % 2 == 0, Waiting.Long, Token)).ToList();
        await servers[0].SettleAsync(claim, Refusal);

        Assert.All(await Task.WhenAll(waiting), answer => Assert.Equal(new AccountAnswer.Remembered(Refusal), answer));
    }

    [Fact]
    public async Task Logins_with_different_values_are_sent_one_after_the_other()
    {
        var servers = await ServersAsync(3, TimeProvider.System);
        var underWay = 0;
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async i =>
        {
            var server = servers[i % 3];
            var claim = await ClaimedAsync(server.ClaimAsync(Password("ann@acme.test", $"password {i}"), countsAsTest: false, Waiting.Long, Token));
            Assert.Equal(1, Interlocked.Increment(ref underWay));
            await Task.Yield();
            Interlocked.Decrement(ref underWay);
            await server.SettleAsync(claim, i % 2 == 0 ? Refusal : null);
        }));
    }

    [Fact]
    public async Task A_claim_whose_server_died_holds_the_others_up_until_it_ends()
    {
        var (dead, other) = (await ServerAsync(), await ServerAsync());
        await ClaimedAsync(dead.ClaimAsync(Password("ann@acme.test", "a"), countsAsTest: true, None, Token));

        var impatient = await PassingTimeAsync(other.ClaimAsync(Password("ann@acme.test", "b"), countsAsTest: true, TimeSpan.FromSeconds(20), Token), Second);
        Assert.Equal(new AccountAnswer.Busy(Noon.AddSeconds(60)), impatient);
        Assert.True(Clock.GetUtcNow() < Noon.AddSeconds(60));

        await ClaimedAsync(PassingTimeAsync(other.ClaimAsync(Password("ann@acme.test", "b"), countsAsTest: true, TimeSpan.FromSeconds(90), Token), Second));
        Assert.True(Clock.GetUtcNow() >= Noon.AddSeconds(60));
    }

    [Fact]
    public async Task A_login_without_an_answer_holds_its_account_until_the_claim_ends()
    {
        var server = await ServerAsync();
        var right = Password("ann@acme.test", "a");
        var claim = await ClaimedAsync(server.ClaimAsync(right, countsAsTest: true, None, Token));
        await server.SettleAsync(claim, Refusal with { Class = FailureClass.OutcomeUnknown });

        Assert.IsType<AccountAnswer.Busy>(await server.ClaimAsync(right, countsAsTest: true, None, Token));
        Clock.SetUtcNow(claim.EndTime);
        await ClaimedAsync(server.ClaimAsync(right, countsAsTest: true, None, Token));
    }

    [Fact]
    public async Task Five_tests_are_sent_in_ten_minutes_and_renewals_beyond_them()
    {
        var server = await ServerAsync();
        var right = Password("ann@acme.test", "right");
        // This says nothing about what Salesforce accepts.
        for (var i = 0; i < 5; i++)
            await LoggedInAsync(server, right, countsAsTest: true);
        for (var i = 0; i < 5; i++)
        {
            var claim = await ClaimedAsync(server.ClaimAsync(right, countsAsTest: true, None, Token));
            await server.SettleAsync(claim, Refusal with { Class = FailureClass.Unavailable });
        }

        Assert.Equal(new AccountAnswer.Protected(TimeSpan.FromMinutes(10)), await server.ClaimAsync(right, countsAsTest: true, None, Token));
        await LoggedInAsync(server, right, countsAsTest: false);
        Clock.Advance(TimeSpan.FromMinutes(10));
        await LoggedInAsync(server, right, countsAsTest: true);
    }

    [Fact]
    public async Task A_refusal_is_forgotten_after_a_quarter_of_an_hour()
    {
        var server = await ServerAsync();
        var wrong = Password("ann@acme.test", "wrong");
        await server.SettleAsync(await ClaimedAsync(server.ClaimAsync(wrong, countsAsTest: true, None, Token)), Refusal);

        Clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromTicks(1));
        Assert.Equal(new AccountAnswer.Remembered(Refusal), await server.ClaimAsync(wrong, countsAsTest: false, None, Token));
        Clock.Advance(TimeSpan.FromTicks(1));
        await ClaimedAsync(server.ClaimAsync(wrong, countsAsTest: false, None, Token));
    }

    [Fact]
    public async Task What_is_the_same_to_Salesforce_is_the_same_to_us()
    {
        var server = await ServerAsync();
        var claim = await ClaimedAsync(server.ClaimAsync(Password("ann@acme.test", "ab", "c"), countsAsTest: true, None, Token));
        await server.SettleAsync(claim, Refusal);

        foreach (var same in new[] { Password("ANN@acme.TEST", "ab", "c"), Password("ann@acme.test", "a", "bc"), Password("ann@acme.test", "abc") })
            Assert.IsType<AccountAnswer.Remembered>(await server.ClaimAsync(same, countsAsTest: true, None, Token));
        foreach (var other in new[] { Password("ann@acme.test", "ab", "C"),
            Password("ann@acme.test", "ab", "c") with { UseSandbox = true }, Password("bob@acme.test", "ab", "c") })
            await ClaimedAsync(server.ClaimAsync(other, countsAsTest: true, None, Token));
    }

    [Fact]
    public async Task The_store_tells_neither_who_logs_in_nor_with_what()
    {
        var server = await ServerAsync();
        var wrong = Password("ann@acme.test", "p4ssw0rd", "t0ken");
        var claim = await ClaimedAsync(server.ClaimAsync(wrong, countsAsTest: true, None, Token));
        await server.SettleAsync(claim, Refusal);

        var disk = OnDisk();
        Assert.True(Has(disk, claim.Account), "we look where the entry is");
        foreach (var told in new[] { "ann@acme", "p4ssw0rd", "t0ken", "LoginRefused", Refusal.SalesforceCode!, claim.Values })
            Assert.False(Has(disk, told), told);
    }

    private protected static Failure Refusal { get; } = new(FailureClass.LoginRefused, "INVALID_LOGIN", "check it", Noon);

    private protected static PasswordCredential Password(string username, string password, string token = "") => new()
    {
        CredentialId = 1,
        Username = username,
        Password = new Secret(password),
        SecurityToken = new Secret(token),
        UseSandbox = false,
        SetTime = Noon,
        SetBy = "test",
    };

    private protected async Task<LoginGuard> ServerAsync() => Server(await StoreAsync(), Clock);

    private protected LoginGuard Server(IStore store, TimeProvider clock, StoreHealth? health = null) =>
        new(store, new AccountPrints(sealer), new AccountSealer(sealer), health ?? new StoreHealth(clock), clock);

    private protected static async Task<AccountClaim> ClaimedAsync(Task<AccountAnswer> answer) => Assert.IsType<AccountAnswer.Claimed>(await answer).Claim;

    /// <summary>Lets this test's clock run until the answer is there.</summary>
    private protected async Task<T> PassingTimeAsync<T>(Task<T> answer, TimeSpan? step = null)
    {
        await Waiting.UntilAsync(
            () =>
            {
                if (!answer.IsCompleted)
                    Clock.Advance(step ?? TimeSpan.FromMilliseconds(200));
                return answer.IsCompleted;
            },
            "there is an answer");
        return await answer;
    }

    private static async Task LoggedInAsync(LoginGuard server, PasswordCredential credential, bool countsAsTest) =>
        await server.SettleAsync(await ClaimedAsync(server.ClaimAsync(credential, countsAsTest, None, Token)), failure: null);

    private async Task<LoginGuard[]> ServersAsync(int count, TimeProvider clock)
    {
        var servers = new LoginGuard[count];
        for (var i = 0; i < count; i++)
            servers[i] = Server(await StoreAsync(), clock);
        return servers;
    }

    private static bool Has(byte[] disk, string text) => disk.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;

    private static byte[] Key(byte value) => [.. Enumerable.Repeat(value, KeyRing.KeySize)];
}
