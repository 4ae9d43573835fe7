using CsCheck;
using GrpcCreds.Server.Accounts;
using GrpcCreds.Server.Tenants.Model;
using Xunit;

namespace GrpcCreds.Tests.Accounts;

/// <summary>Random histories of one account, each answer held against the model, and the logins against what must never be.</summary>
public sealed class AccountRulesTests
{
    private static readonly DateTimeOffset Noon = new(2027, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Gen<Step> Steps =
        from kind in Gen.Frequency((6, Gen.Const(Kind.Ask)), (1, Gen.Const(Kind.AskAgain)), (5, Gen.Const(Kind.Settle)))
        from values in Gen.Frequency((4, Gen.Int[0, 3]), (1, Gen.Int[0, 40]))
        from counts in Gen.Bool
        from earlier in Gen.Frequency((5, Gen.Const(0)), (1, Gen.Int[0, 3]))
        from failure in Gen.OneOf<FailureClass?>(null, FailureClass.LoginRefused,
            FailureClass.LoginRefused, FailureClass.Unavailable, FailureClass.OutcomeUnknown)
        from seconds in Gen.Frequency((6, Gen.OneOf(0, 1, 5, 20)), (2, Gen.OneOf(59, 60, 61, 120)), (1, Gen.OneOf(299, 600, 899, 900)))
        select new Step(kind, $"values {values}", counts, earlier, failure, seconds);

    private enum Kind
    {
        Ask,
        AskAgain,
        Settle,
    }

    /// <param name="Earlier">Which of the claims made is settled or asked for again: 0 the last, 1 the one before, …</param>
    /// <param name="Seconds">How far the clock moves first.</param>
    private sealed record Step(Kind Kind, string Values, bool Counts, int Earlier, FailureClass? Failure, int Seconds);

    [Fact]
    public void The_rules_do_what_the_model_says_and_never_what_must_not_be() => Steps.Array[1, 120].Sample(Check, iter: 5000);

    [Fact]
    public void A_sixth_test_is_told_when_it_may_be_sent()
    {
        var state = AccountRecord.Empty;
        for (var i = 0; i < 5; i++)
            state = Refused(state, $"values {i}", Noon.AddMinutes(i), counts: true);

        var (after, answer) = AccountRules.Ask(state, Claim("values 5"), countsAsTest: true, Noon.AddMinutes(5));

        Assert.Same(state, after);
        Assert.Equal(TimeSpan.FromMinutes(5), Assert.IsType<AccountAnswer.Protected>(answer).RetryAfter);
        Assert.IsType<AccountAnswer.Claimed>(AccountRules.Ask(state, Claim("values 5"), countsAsTest: true, Noon.AddMinutes(10)).Answer);
    }

    [Fact]
    public void Tests_that_pass_leave_room_for_the_others_and_end_at_sixty()
    {
        var state = AccountRecord.Empty;
        for (var i = 0; i < 60; i++)
            state = Passed(state, Noon.AddSeconds(i));
        Assert.Equal((0, 60), (state.Tests.Count, state.PassedTests.Count));

        var (after, answer) = AccountRules.Ask(state, Claim("values"), countsAsTest: true, Noon.AddMinutes(2));
        Assert.Same(state, after);
        Assert.Equal(TimeSpan.FromMinutes(8), Assert.IsType<AccountAnswer.Protected>(answer).RetryAfter);
        Assert.IsType<AccountAnswer.Claimed>(AccountRules.Ask(state, Claim("values"), countsAsTest: false, Noon.AddMinutes(2)).Answer);
        Assert.IsType<AccountAnswer.Claimed>(AccountRules.Ask(state, Claim("values"), countsAsTest: true, Noon.AddMinutes(10)).Answer);
    }

    [Theory]
    [InlineData("LoginRefused")]
    [InlineData("NotPermitted")]
    [InlineData("Throttled")]
    [InlineData("Unavailable")]
    [InlineData("OutcomeUnknown")]
    [InlineData(null)]
    public void Whatever_Salesforce_did_not_accept_is_counted(string? failure)
    {
        var (state, now) = (AccountRecord.Empty, Noon);
        for (var i = 0; i < 5; i++, now += AccountRules.ClaimLifetime)
        {
            (state, var answer) = AccountRules.Ask(state, Claim($"values {i}"), countsAsTest: true, now);
            var claim = Assert.IsType<AccountAnswer.Claimed>(answer).Claim;
            // Without a class: no caller settles it.
            if (failure is { } failed)
                state = AccountRules.Settle(state, claim, new Failure(Enum.Parse<FailureClass>(failed), null, "", now), now);
        }
        Assert.Equal(TimeSpan.FromMinutes(5),
            Assert.IsType<AccountAnswer.Protected>(AccountRules.Ask(state, Claim("values 5"), countsAsTest: true, now).Answer).RetryAfter);
    }

    [Fact]
    public void Of_two_tests_at_the_same_moment_only_the_one_that_passed_goes()
    {
        var state = Passed(Refused(AccountRecord.Empty, "values", Noon, counts: true), Noon);
        Assert.Equal((1, 1), (state.Tests.Count, state.PassedTests.Count));
    }

    [Fact]
    public void Renewals_with_ever_new_refused_values_end_at_twenty()
    {
        var state = AccountRecord.Empty;
        for (var i = 0; i < 20; i++)
            state = Refused(state, $"values {i}", Noon.AddSeconds(i), counts: false);

        var answer = AccountRules.Ask(state, Claim("values 20"), countsAsTest: false, Noon.AddMinutes(1)).Answer;

        Assert.Equal(TimeSpan.FromMinutes(14), Assert.IsType<AccountAnswer.Protected>(answer).RetryAfter);
    }

    [Fact]
    public void A_remembered_refusal_is_answered_as_Salesforce_gave_it()
    {
        var state = Refused(AccountRecord.Empty, "values", Noon, counts: true);
        var answer = AccountRules.Ask(state, Claim("values"), countsAsTest: false, Noon.AddMinutes(15).AddTicks(-1)).Answer;
        Assert.Equal(Refusal(Noon), Assert.IsType<AccountAnswer.Remembered>(answer).Failure);
    }

    private static void Check(Step[] steps)
    {
        var (state, model, claims, now) = (AccountRecord.Empty, new AccountModel(), new List<AccountClaim>(), Noon);
        foreach (var step in steps)
        {
            now += TimeSpan.FromSeconds(step.Seconds);
            var earlier = claims.Count > step.Earlier ? claims[^(step.Earlier + 1)] : null;
            if (step.Kind == Kind.Settle)
            {
                if (earlier is null)
                    continue;
                state = AccountRules.Settle(state, earlier, step.Failure is { } failure ? new Failure(failure, null, "", now) : null, now);
                model.Settle(earlier, step.Failure, now);
            }
            else
            {
                var asked = step.Kind == Kind.AskAgain && earlier is not null && earlier.EndTime > now ? earlier : Claim(step.Values);
                var before = state;
                (state, var answer) = AccountRules.Ask(state, asked, step.Counts, now);
                Assert.Equal(model.Ask(asked, step.Counts, now), answer.GetType());
                Assert.True(answer is AccountAnswer.Claimed || ReferenceEquals(before, state));
                if (answer is AccountAnswer.Claimed { Claim: var claim })
                    claims.Add(claim);
                Promised(answer, now);
            }
            Assert.InRange(state.Tests.Count, 0, 5);
            Assert.InRange(state.PassedTests.Count, 0, 60);
            Assert.InRange(state.Refusals.Count, 0, 25);
        }
        Never([.. model.Logins]);
        // A quarter of an hour without activity ends everything.
        var (last, end) = AccountRules.Ask(state, Claim("values 0"), countsAsTest: true, now.AddMinutes(15));
        Assert.IsType<AccountAnswer.Claimed>(end);
        Assert.Equal((0, 1), (last.Refusals.Count, last.Tests.Count));
    }

    // Nobody is ever told to wait for longer than the rules may need.
    private static void Promised(AccountAnswer answer, DateTimeOffset now)
    {
        if (answer is AccountAnswer.Busy busy)
            Assert.InRange(busy.EndTime - now, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(60));
        if (answer is AccountAnswer.Protected wait)
            Assert.InRange(wait.RetryAfter, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(15));
        if (answer is AccountAnswer.Claimed { Claim: var claim })
            Assert.Equal(now.AddSeconds(60), claim.EndTime);
    }

    private static void Never(List<AccountModel.Login> logins)
    {
        foreach (var (login, next) in logins.Zip(logins.Skip(1)))
            Assert.True(login.End <= next.Time, "two logins were under way at once");
        var tests = logins.Where(login => login.Counted && !login.Passed).ToList();
        foreach (var (test, sixth) in tests.Zip(tests.Skip(5)))
            Assert.True(sixth.Time - test.Time >= TimeSpan.FromMinutes(10), "six tests that did not pass within ten minutes");
    }

    private static AccountRecord Passed(AccountRecord state, DateTimeOffset at)
    {
        var (claimed, answer) = AccountRules.Ask(state, Claim("good values"), countsAsTest: true, at);
        return AccountRules.Settle(claimed, Assert.IsType<AccountAnswer.Claimed>(answer).Claim, failure: null, at);
    }

    private static AccountRecord Refused(AccountRecord state, string values, DateTimeOffset at, bool counts)
    {
        var (claimed, answer) = AccountRules.Ask(state, Claim(values), counts, at);
        return AccountRules.Settle(claimed, Assert.IsType<AccountAnswer.Claimed>(answer).Claim, Refusal(at), at);
    }

    private static Failure Refusal(DateTimeOffset at) => new(FailureClass.LoginRefused, "INVALID_LOGIN", "check it", at);

    private static AccountClaim Claim(string values) => new(Guid.NewGuid(), "account", values, EndTime: default);
}
