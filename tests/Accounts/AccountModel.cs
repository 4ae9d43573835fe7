using GrpcCreds.Server.Accounts;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Tests.Accounts;

/// <summary>A simple model of account protection: it keeps everything that happened and searches it again for each question.</summary>
internal sealed class AccountModel
{
    private readonly List<Login> logins = [];
    private readonly List<(string Values, bool Refused, DateTimeOffset Time)> results = [];

    public IEnumerable<Login> Logins => logins;

    public sealed record Login(Guid Attempt, string Values, bool Counted, DateTimeOffset Time)
    {
        /// <summary>When it was settled, or its claim's end.</summary>
        public DateTimeOffset End { get; set; } = Time.AddSeconds(60);

        /// <summary>Salesforce accepted it.</summary>
        public bool Passed { get; set; }
    }

    public Type Ask(AccountClaim asked, bool counts, DateTimeOffset now)
    {
        var open = logins.SingleOrDefault(login => login.End > now);
        var again = open?.Attempt == asked.Attempt;
        if (IsRefused(asked.Values, now))
            return typeof(AccountAnswer.Remembered);
        var tests = logins.Where(login => login.Counted && login.Time > now.AddMinutes(-10)).ToLookup(login => login.Passed);
        if (counts && !again && (tests[false].Count() >= 5 || tests[true].Count() >= 60))
            return typeof(AccountAnswer.Protected);
        if (results.Select(result => result.Values).Distinct().Count(values => IsRefused(values, now)) >= 20)
            return typeof(AccountAnswer.Protected);
        if (open is not null && !again)
            return typeof(AccountAnswer.Busy);
        if (again)
            open!.End = now.AddSeconds(60);
        else
            logins.Add(new Login(asked.Attempt, asked.Values, counts, now));
        return typeof(AccountAnswer.Claimed);
    }

    public void Settle(AccountClaim claim, FailureClass? failure, DateTimeOffset now)
    {
        var open = logins.SingleOrDefault(login => login.Attempt == claim.Attempt && login.End > now);
        if (failure is FailureClass.LoginRefused || (open is not null && failure is null))
            results.Add((claim.Values, failure is FailureClass.LoginRefused, now));
        if (open is not null && failure is not FailureClass.OutcomeUnknown)
            (open.End, open.Passed) = (now, failure is null);
    }

    private bool IsRefused(string values, DateTimeOffset now) =>
        results.LastOrDefault(result => result.Values == values) is { Refused: true } last && last.Time.AddMinutes(15) > now;
}
