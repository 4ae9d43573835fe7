using CsCheck;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>
/// No token is spent twice: several owners, clocks that differ, stops, lost and late answers, a store that goes back, and administrators who set,
/// reset, switch and delete meanwhile.
/// </summary>
public sealed class PresentationTests
{
    private static readonly Gen<PresentationWorld.Fate> Fates =
        from send in Gen.OneOf(0, 0, 3, 5, 9)
        from handle in Gen.OneOf(0, 1, 10, 20)
        from hear in Gen.OneOf<int?>(0, 0, 0, 20, 70, 400, null, null)
        from handled in Gen.Frequency((5, Gen.Const(true)), (1, Gen.Const(false)))
        from clear in Gen.Frequency((4, Gen.Const(true)), (1, Gen.Const(false)))
        from wanted in Gen.Frequency((12, Gen.Const(true)), (1, Gen.Const(false)))
        from usable in Gen.Frequency((5, Gen.Const(true)), (1, Gen.Const(false)))
        select new PresentationWorld.Fate(send, handle, hear, handled, clear, wanted, usable);

    private static readonly Gen<Command.Request> Write = RandomCommands.Write.Where(write => write is not Command.StartSetup);

    private static readonly Gen<Happening> Happenings = Gen.Frequency(
        (8, Gen.Select(Gen.Int[0, 2], Fates,
            (owner, fate) => new Happening($"owner {owner} calls for what is due, {fate}", world => world.Call(owner, atOnce: false, fate)))),
        (4, Gen.Select(Gen.Int[0, 2], Fates,
            (owner, fate) => new Happening($"owner {owner} renews at once, {fate}", world => world.Call(owner, atOnce: true, fate)))),
        (8, Gen.Int[0, 2].Select(owner => new Happening($"owner {owner} ends what has run out", world => world.Expire(owner)))),
        (3, Write.Select(write => new Happening($"{write}", world => world.Do(write)))),
        (2, Gen.Bool.Select(lost => new Happening($"setup, lost {lost}", world => world.SetUp(lost)))),
        (1, RandomAnswers.Any.Select(answers =>
            new Happening(
                "test ends",
                world => world.Do(new Command.FinishTest(world.State.Test?.Attempt ?? 1, answers(DateTimeOffset.UnixEpoch).TestOf(world.State)))))),
        (1, Gen.Const(new Happening("revocation", world => world.Revoke()))),
        (1, Gen.Const(new Happening("want", world => world.Do(new Command.Want())))),
        (1, Gen.Int[1, 6].Select(commits => new Happening($"the store loses {commits} commits", world => world.RollBack(commits)))));

    private static readonly Gen<(int Seconds, Happening What)> Steps = Gen.Select(Gen.OneOf(0, 1, 5, 20, 40, 61, 61, 300, 1500, 90_000), Happenings);

    private sealed record Happening(string Name, Action<PresentationWorld> In);

    [Fact]
    public void A_refresh_token_is_never_spent_twice()
    {
        int presentations = 0, introspections = 0, late = 0;
        Steps.Array[1, 80].Sample(
            steps =>
            {
                var world = new PresentationWorld();
                world.Do(
                    new Command.SetOAuth { By = "ann", RequestId = Guid.NewGuid(), Fields = new() { OrgId = "org-1", UserId = "user-1" }, TestFirst = true });
                world.SetUp(isLost: false);
                world.Do(new Command.Want());
                foreach (var (seconds, what) in steps)
                {
                    world.Pass(seconds);
                    what.In(world);
                }
                world.Pass(1000);
                Interlocked.Add(ref presentations, world.Witness.Presentations);
                Interlocked.Add(ref introspections, world.Witness.Introspections);
                Interlocked.Add(ref late, world.Witness.Late);
            },
            iter: 3000,
            print: steps => string.Join('\n', steps.Select(step => $"{step.Seconds} s, {step.What.Name}")));
        Assert.True(presentations > 3000 && introspections > 500 && late > 100,
            $"{presentations} presentations, {introspections} introspections, {late} late answers");
    }
}
