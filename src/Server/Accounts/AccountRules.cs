using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Accounts;

/// <summary>
/// The rules that keep this service from locking an account: one login at a time, the same values not again soon after a refusal, and few
/// tests that Salesforce did not accept. Pure functions, so that they can be tested against a model.
/// </summary>
internal static class AccountRules
{
    /// <summary>Limit of tests that Salesforce refused or did not answer.</summary>
    public const int MaxTests = 5;

    /// <summary>Limit of tests that it accepted: a tenth of the 3,600 logins an hour after which it refuses every login of a user.</summary>
    public const int MaxPassedTests = 60;

    /// <summary>
    /// Renewals are not counted as tests; this limits what they can add. It is higher than the number of refusals after which Salesforce locks a user.
    /// </summary>
    public const int MaxRefusals = 20;

    public static readonly TimeSpan TestWindow = TimeSpan.FromMinutes(10);
    public static readonly TimeSpan RefusalMemory = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan ClaimLifetime = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Decides whether a login with these values may be sent. If so, returns the record that shows it in progress; otherwise the unchanged record.
    /// </summary>
    /// <param name="asked">The claim to make; its end time is set here.</param>
    public static (AccountRecord State, AccountAnswer Answer) Ask(AccountRecord state, AccountClaim asked, bool countsAsTest, DateTimeOffset now)
    {
        var live = WithoutWhatIsOver(state, now);
        // Its first write got no answer but was applied: the claim is renewed and not counted again.
        var again = live.Claim?.Attempt == asked.Attempt;
        var counts = countsAsTest && !again;

        if (live.Refusals.FirstOrDefault(refusal => refusal.Values == asked.Values) is { } remembered)
            return (state, new AccountAnswer.Remembered(remembered.Failure));
        // Before the Busy check: waiting would not let this one through.
        if (counts && new[] { Full(live.Tests, MaxTests), Full(live.PassedTests, MaxPassedTests) }.Max() is { } until)
            return (state, new AccountAnswer.Protected(until - now));
        if (live.Refusals.Count >= MaxRefusals)
            return (state, new AccountAnswer.Protected(live.Refusals.Min(refusal => refusal.EndTime) - now));
        if (live.Claim is { } other && !again)
            return (state, new AccountAnswer.Busy(other.EndTime));

        var claim = asked with { EndTime = now + ClaimLifetime, TestTime = again ? live.Claim!.TestTime : counts ? now : null };
        var claimed = live with { Claim = claim, Tests = counts ? [.. live.Tests, now] : live.Tests };
        return (claimed, new AccountAnswer.Claimed(claim));
    }

    /// <summary>Applies the result of a claimed login. Returns the same instance if nothing changes.</summary>
    /// <remarks>
    /// Also works for a claim that has already ended, and again for one already settled: a late refusal is as true as an early one, but a late
    /// success may be older than what is known now.
    /// </remarks>
    public static AccountRecord Settle(AccountRecord state, AccountClaim claim, Failure? failure, DateTimeOffset now)
    {
        var live = WithoutWhatIsOver(state, now);
        var isOpen = live.Claim?.Attempt == claim.Attempt;
        var isRefused = failure?.Class == FailureClass.LoginRefused;
        // Without an answer, Salesforce may still be processing the login: the next one waits for the claim's end.
        if (!isRefused && (!isOpen || failure?.Class == FailureClass.OutcomeUnknown))
            return state;

        var refusals = isRefused || failure is null ? live.Refusals.Where(refusal => refusal.Values != claim.Values) : live.Refusals;
        if (isRefused)
            refusals = refusals.Append(new RememberedRefusal(claim.Values, failure!, now + RefusalMemory));
        var settled = live with { Claim = isOpen ? null : live.Claim, Refusals = [.. refusals] };
        return failure is null && live.Claim!.TestTime is { } test ? Passed(settled, test) : settled;
    }

    // An accepted login does not bring a lock closer. Another test may have been claimed at the same time: only one is removed.
    private static AccountRecord Passed(AccountRecord settled, DateTimeOffset test)
    {
        var tests = settled.Tests.ToList();
        tests.Remove(test);
        return settled with { Tests = tests, PassedTests = [.. settled.PassedTests, test] };
    }

    // The time until which no further test is allowed; null if one is.
    private static DateTimeOffset? Full(IReadOnlyList<DateTimeOffset> tests, int max) => tests.Count >= max ? tests[^max] + TestWindow : null;

    // Expired entries no longer count and are not kept, so a record remains small.
    private static AccountRecord WithoutWhatIsOver(AccountRecord state, DateTimeOffset now) => new()
    {
        Claim = state.Claim?.EndTime > now ? state.Claim : null,
        Refusals = [.. state.Refusals.Where(refusal => refusal.EndTime > now)],
        Tests = [.. state.Tests.Where(test => test + TestWindow > now)],
        PassedTests = [.. state.PassedTests.Where(test => test + TestWindow > now)],
    };
}
