using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Accounts;

/// <summary>
/// The rules that keep an account from being locked by us: one login at a time, never the same values again soon after a refusal, few tests
/// that Salesforce did not accept. Pure, so that a model can be tested against them.
/// </summary>
internal static class AccountRules
{
    /// <summary>Tests that Salesforce refused or did not answer.</summary>
    public const int MaxTests = 5;

    /// <summary>Tests that it accepted: a tenth of the 3,600 logins an hour after which it refuses any login of a user.</summary>
    public const int MaxPassedTests = 60;

    /// <summary>Renewals are not counted as tests; this bounds what they can add. More refusals than Salesforce takes before it locks.</summary>
    public const int MaxRefusals = 20;

    public static readonly TimeSpan TestWindow = TimeSpan.FromMinutes(10);
    public static readonly TimeSpan RefusalMemory = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan ClaimLifetime = TimeSpan.FromSeconds(60);

    /// <summary>May a login with these values be sent? If so, the record that says it is under way; else the record as it was.</summary>
    /// <param name="asked">What is to be claimed; its end is set here.</param>
    public static (AccountRecord State, AccountAnswer Answer) Ask(AccountRecord state, AccountClaim asked, bool countsAsTest, DateTimeOffset now)
    {
        var live = WithoutWhatIsOver(state, now);
        // Its first writing got no answer and was applied after all: it is renewed, and not counted again.
        var again = live.Claim?.Attempt == asked.Attempt;
        var counts = countsAsTest && !again;

        if (live.Refusals.FirstOrDefault(refusal => refusal.Values == asked.Values) is { } remembered)
            return (state, new AccountAnswer.Remembered(remembered.Failure));
        // Before the wait: nothing that may happen during it would let this one through.
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

    /// <summary>Takes in how a claimed login ended. The very same record comes back if that changes nothing.</summary>
    /// <remarks>
    /// Also for a claim that has ended meanwhile, and again for one that is settled: a late refusal is as true as an early one, while a late
    /// success may be older than what is known by now.
    /// </remarks>
    public static AccountRecord Settle(AccountRecord state, AccountClaim claim, Failure? failure, DateTimeOffset now)
    {
        var live = WithoutWhatIsOver(state, now);
        var isOpen = live.Claim?.Attempt == claim.Attempt;
        var isRefused = failure?.Class == FailureClass.LoginRefused;
        // Without an answer the login may still be on its way through Salesforce: the next one waits for the claim's end.
        if (!isRefused && (!isOpen || failure?.Class == FailureClass.OutcomeUnknown))
            return state;

        var refusals = isRefused || failure is null ? live.Refusals.Where(refusal => refusal.Values != claim.Values) : live.Refusals;
        if (isRefused)
            refusals = refusals.Append(new RememberedRefusal(claim.Values, failure!, now + RefusalMemory));
        var settled = live with { Claim = isOpen ? null : live.Claim, Refusals = [.. refusals] };
        return failure is null && live.Claim!.TestTime is { } test ? Passed(settled, test) : settled;
    }

    // What Salesforce accepts brings no lock nearer. Another test may have been claimed at the very same time: one goes.
    private static AccountRecord Passed(AccountRecord settled, DateTimeOffset test)
    {
        var tests = settled.Tests.ToList();
        tests.Remove(test);
        return settled with { Tests = tests, PassedTests = [.. settled.PassedTests, test] };
    }

    // Until when there is no place for another test.
    private static DateTimeOffset? Full(IReadOnlyList<DateTimeOffset> tests, int max) => tests.Count >= max ? tests[^max] + TestWindow : null;

    // What is over counts for nothing and is not kept, so a record stays small.
    private static AccountRecord WithoutWhatIsOver(AccountRecord state, DateTimeOffset now) => new()
    {
        Claim = state.Claim?.EndTime > now ? state.Claim : null,
        Refusals = [.. state.Refusals.Where(refusal => refusal.EndTime > now)],
        Tests = [.. state.Tests.Where(test => test + TestWindow > now)],
        PassedTests = [.. state.PassedTests.Where(test => test + TestWindow > now)],
    };
}
