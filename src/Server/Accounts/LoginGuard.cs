using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Accounts;

/// <summary>
/// The only way to a login: every sender first claims the account here and settles the claim afterwards. A claim is durable before it is
/// returned, so neither a crash nor another server can turn one login into two.
/// </summary>
internal sealed class LoginGuard(IStore store, AccountPrints prints, AccountSealer accounts, StoreHealth health, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Longer than the lifetime of anything in a record, plus a minute for clock differences.</summary>
    private static readonly TimeSpan Lifetime = AccountRules.RefusalMemory + TimeSpan.FromMinutes(1);

    /// <summary>
    /// Claims the account for one login with these values. Waits, up to <paramref name="patience"/>, while another login of the account is in
    /// progress or the store is unavailable.
    /// </summary>
    /// <remarks>A claim must be settled even if the caller has been cancelled in the meantime; otherwise it blocks the account until it ends.</remarks>
    /// <exception cref="StoreUnavailableException">Nothing may be sent. The claim may exist all the same; it ends automatically.</exception>
    public async Task<AccountAnswer> ClaimAsync(
        PasswordCredential credential, bool countsAsTest, TimeSpan patience, CancellationToken cancellationToken)
    {
        var asked = prints.Claim(credential);
        var started = clock.GetTimestamp();
        while (true)
        {
            try
            {
                var answer = await AskAsync(asked, countsAsTest, cancellationToken);
                if (answer is not AccountAnswer.Busy || clock.GetElapsedTime(started) >= patience)
                    return answer;
                await Task.Delay(Pause, clock, cancellationToken);
            }
            catch (StoreUnavailableException) when (clock.GetElapsedTime(started) < patience)
            {
                await Task.Delay(Pause, clock, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Records how a claimed login ended: null if Salesforce accepted it. Retries while the store is unavailable, until the claim's end.
    /// </summary>
    /// <exception cref="StoreUnavailableException">
    /// As far as is known, it was not written: the claim ends automatically, and a refusal is not remembered.
    /// </exception>
    public async Task SettleAsync(AccountClaim claim, Failure? failure)
    {
        while (true)
        {
            try
            {
                await TakeInAsync(claim, failure);
                return;
            }
            catch (StoreUnavailableException) when (clock.GetUtcNow() < claim.EndTime)
            {
                await Task.Delay(Pause, clock, CancellationToken.None);
            }
        }
    }

    private async Task<AccountAnswer> AskAsync(AccountClaim asked, bool countsAsTest, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (state, version) = await ReadAsync(asked.Account, cancellationToken);
            var at = Next(version);
            var (after, answer) = AccountRules.Ask(state, asked, countsAsTest, at.Now);
            if (answer is not AccountAnswer.Claimed || await WriteAsync(asked.Account, after, version, at))
                return answer;
        }
    }

    private async Task TakeInAsync(AccountClaim claim, Failure? failure)
    {
        bool done;
        do
        {
            var (state, version) = await ReadAsync(claim.Account, CancellationToken.None);
            var at = Next(version);
            var after = AccountRules.Settle(state, claim, failure, at.Now);
            done = ReferenceEquals(after, state) || await WriteAsync(claim.Account, after, version, at);
        }
        while (!done);
    }

    private Moment Next(long version) => Revs.Next(version, clock.GetUtcNow())
        ?? throw new StoreDamagedException("the version of a Salesforce user's entry is the last there is: it is damaged");

    private async Task<(AccountRecord State, long Version)> ReadAsync(string account, CancellationToken cancellationToken)
    {
        var stored = await store.GuardAsync(account, clock.GetUtcNow(), cancellationToken);
        return (accounts.Open(account, stored), stored?.Version ?? 0);
    }

    // Not cancelled halfway: a claim that was written although no caller waits for it would block its account for nothing.
    private async Task<bool> WriteAsync(string account, AccountRecord after, long readVersion, Moment at)
    {
        if (health.WriteBlock is { } block)
            throw new StoreUnavailableException(block);
        var write = new CasWrite
        {
            Key = account,
            ReadVersion = readVersion,
            Version = at.Rev,
            Sealed = accounts.Seal(account, at.Rev, after),
            Now = at.Now,
            Lifetime = Lifetime,
        };
        return await store.SetGuardAsync(write, CancellationToken.None);
    }
}
