using CsCheck;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>Thousands of random histories of one tenant, each step held against the model and against what must always be so.</summary>
public sealed class RulesModelTests
{
    private int activations;
    private int renewals;
    private int revocations;

    [Fact]
    public void The_rules_do_what_the_model_says()
    {
        RandomStep.Any.Array[1, 60].Sample(Check, iter: 4000, print: Print);
        // The longest ways are walked too.
        Assert.True(
            activations > 500 && renewals > 50 && revocations > 100,
            $"client credentials: {activations} activations, {renewals} renewals, {revocations} revocations");
    }

    private void Check(RandomStep[] steps)
    {
        var state = new TenantRecord { Tenant = TenantId.Parse("acme") };
        var model = new RecordModel();
        var always = new Always();
        var now = DateTimeOffset.UnixEpoch.AddYears(56);
        var commit = 1;
        foreach (var step in steps)
        {
            now += TimeSpan.FromSeconds(step.Seconds);
            foreach (var next in step.Commands)
            {
                var at = new Moment(state.Rev + commit++, now);
                var command = next(state, at);
                var decision = RecordRules.Apply(state, command, at);
                var (expected, actual) = (model.Apply(command, at), ResultOf(decision));
                Assert.True(Equals(expected, actual), $"{command} at {now:O}: {actual}, not {expected}, after\n{RecordModel.Portrait(state)}");
                if (decision is Decision.Changed { State: var after, Result: var result })
                {
                    always.Holds(state, command, after, result, at);
                    Count(command, after, result);
                    Same(model, after);
                    state = after;
                }
                Attention.IsPaidToWhatIsDue(state, now);
            }
        }
        Attention.ComesToRest(state, now, steps[^1].Pick);
    }

    private void Count(Command command, TenantRecord after, WriteResult result)
    {
        var serves = after.ActiveMode == Mode.ClientCredentials;
        if (serves && result == WriteResult.Activated)
            Interlocked.Increment(ref activations);
        if (serves && command is Command.FinishRenewal { Answer: RenewalAnswer.Renewed { Session: var session } }
            && session == after.ClientCredentials.Current!.Renewal.Session)
            Interlocked.Increment(ref renewals);
        if (command is Command.FinishRevocation { Mode: Mode.ClientCredentials, Failure: null })
            Interlocked.Increment(ref revocations);
    }

    private static object? ResultOf(Decision decision) => decision switch
    {
        Decision.Changed changed => changed.Result,
        Decision.Refused refused => refused.Refusal.Reason,
        _ => null,
    };

    private static void Same(RecordModel model, TenantRecord state)
    {
        if (model.Drawn is { } drawn)
        {
            var found = drawn.FoundIn(state);
            Assert.InRange(found, drawn.From, drawn.To);
            drawn.Take(found);
        }
        Assert.Equal(model.ToString(), RecordModel.Portrait(state));
    }

    private static string Print(RandomStep[] steps) =>
        string.Join('\n', steps.Select(step => $"{step.Seconds} s, {step.What} {step.Pick} {(step.What == RandomStep.Kind.Write ? step.Write : null)}"));
}
