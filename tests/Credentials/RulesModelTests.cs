using CsCheck;
using GrpcCreds.Server;
using GrpcCreds.Server.Credentials;
using Xunit;

namespace GrpcCreds.Tests.Credentials;

/// <summary>Thousands of random histories of one tenant, each step held against the model and against what must always be so.</summary>
public sealed class RulesModelTests
{
    private static readonly Gen<Step> Steps =
        from write in RandomCommands.Write
        from verdict in RandomCommands.Verdict
        from kind in Gen.Frequency(
            (10, Gen.Const(Kind.Write)),
            (6, Gen.Const(Kind.Finish)),
            (1, Gen.Const(Kind.FinishStale)),
            (1, Gen.Const(Kind.Protected)),
            (3, Gen.Const(Kind.Expire)),
            (1, Gen.Const(Kind.ExpireEarly)),
            (3, Gen.Const(Kind.Want)),
            (4, Gen.Const(Kind.ClaimRenewal)),
            (4, Gen.Const(Kind.FinishRenewal)))
        from seconds in Gen.OneOf(0, 1, 30, 61, 1000, 90_000)
        from etag in Gen.Frequency((6, Gen.Const("none")), (2, Gen.Const("right")), (1, Gen.Const("wrong")))
        select new Step(kind, write, verdict, seconds, etag);

    private enum Kind
    {
        Write,
        Finish,
        FinishStale,
        Protected,
        Expire,
        ExpireEarly,
        Want,
        ClaimRenewal,
        FinishRenewal,
    }

    private sealed record Step(Kind Kind, Command.Request Write, Func<DateTimeOffset, TestVerdict> Verdict, int Seconds, string Etag);

    [Fact]
    public void The_rules_do_what_the_model_says() => Steps.Array[1, 60].Sample(Check, iter: 5000);

    private static void Check(Step[] steps)
    {
        var state = new TenantRecord { Tenant = TenantId.Parse("acme") };
        var model = new RecordModel();
        var now = DateTimeOffset.UnixEpoch.AddYears(56);
        for (var i = 0; i < steps.Length; i++)
        {
            now += TimeSpan.FromSeconds(steps[i].Seconds);
            var at = new Moment(state.Rev + 1 + i, now);
            var command = CommandOf(steps[i], state, now);
            var decision = Rules.Apply(state, command, at);
            var expected = model.Apply(command, at);

            object? actual = decision switch
            {
                Decision.Changed changed => changed.Result,
                Decision.Refused refused => refused.Refusal.Reason,
                _ => null,
            };
            Assert.Equal(expected, actual);
            if (decision is Decision.Changed { State: var after, Result: var result })
            {
                Always(state, command, after, result, at);
                Same(model, after);
                state = after;
            }
        }
    }

    private static Command CommandOf(Step step, TenantRecord state, DateTimeOffset now) => step.Kind switch
    {
        Kind.Write => step.Write with { Etag = step.Etag switch { "none" => null, "right" => Rules.FormatEtag(state.Etag), _ => Rules.FormatEtag(state.Etag + 1) } },
        Kind.Finish => new Command.FinishTest(state.Test?.Attempt ?? 1, step.Verdict(now)),
        Kind.Protected => new Command.FinishTest(state.Test?.Attempt ?? 1, null),
        Kind.Want => new Command.Want(),
        Kind.ClaimRenewal => new Command.ClaimUpkeep(),
        Kind.FinishRenewal => new Command.FinishUpkeep(state.Password.Current?.Upkeep.Claim?.Attempt ?? 1, RandomCommands.ToAnswer(step.Verdict(now))),
        Kind.FinishStale => new Command.FinishTest((state.Test?.Attempt ?? 1) - 1, step.Verdict(now)),
        Kind.ExpireEarly => new Command.Expire(state.Rev - 1),
        _ => new Command.Expire(state.Rev),
    };

    // What must hold whatever the model says.
    private static void Always(TenantRecord before, Command command, TenantRecord after, WriteResult result, Moment at)
    {
        Assert.Equal(at.Rev, after.Rev);
        Assert.Equal(Told.By(before) != Told.By(after), after.Revision != before.Revision);
        Assert.True(after.Revision == before.Revision || after.Revision == at.Rev);
        Assert.Equal(command is Command.Write || result == WriteResult.Activated, after.Etag != before.Etag);
        Assert.True(after.ActiveMode is Mode.Off || after.Password.Current is not null, "an active mode has a current credential");
        Assert.Null(after.Password.Candidate?.Upkeep.Session);
        Assert.True(Told.By(after).Session is null || after.ActiveMode == Mode.Password, "only an active mode serves");
        Assert.True(Rules.Due(after) is not null || (after.Test is null && after.Password.Current?.Upkeep.Claim is null && Told.By(after).Session is null), "what runs out is due");
    }

    private static void Same(RecordModel model, TenantRecord state)
    {
        Assert.Equal(model.Nodes.Revision, state.Revision);
        Assert.Equal(model.Etag, state.Etag);
        Assert.Equal(model.Attempt, state.Test?.Attempt);
        Assert.Equal(model.RenewalAttempt, state.Password.Current?.Upkeep.Claim?.Attempt);
        if (model.RenewRange is { } range)
            Assert.InRange((model.RenewTime = state.Password.Current!.Upkeep.RenewTime)!.Value, range.From, range.To);
        Assert.Equal(model.RenewTime, state.Password.Current?.Upkeep.RenewTime);
        Assert.Equal(model.Current, Saved(state.Password.Current));
        Assert.Equal(model.Candidate, Saved(state.Password.Candidate));
        var told = Told.By(state);
        Assert.Equal(model.Nodes.Told, told.Session is { } session ? $"Serving {told.UseSandbox} {session.AccessToken.Reveal()} until {session.ExpectedExpireTime:O}" : told.Availability.ToString());
    }

    private static RecordModel.Saved? Saved(PasswordCredential? credential) => credential is null
        ? null
        : new(credential.CredentialId, credential.Username, credential.Password.Reveal(), credential.SecurityToken.Reveal(), credential.UseSandbox);
}
