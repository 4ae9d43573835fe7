using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>
/// Random histories of rotations against a model of Salesforce: answers are lost before and after their effect, servers die with a claim, people stage and
/// drop sets, administrators write. What must hold: the set in force works unless a person ended it, a stranger's set is never touched, and a set is
/// dropped only when another one was proven.
/// </summary>
public sealed class RotationModelTests
{
    private const int Steps = 100_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_set_in_force_works_and_no_strangers_set_is_touched(int seed)
    {
        var history = new History(seed);
        for (var step = 0; step < Steps; step++)
            history.Step();
        // The history was worth checking.
        Assert.True(
            history is { Rotated: > 500, Returned: > 20, Stopped: > 500, Lost: > 50, Dropped: > 500 },
            $"{history.Rotated} rotated, {history.Returned} returned, {history.Stopped} stopped, {history.Lost} lost, {history.Dropped} dropped; {history}");
    }

    [Fact]
    public void A_long_wait_for_the_nodes_is_told_and_ends_after_an_hour_or_comes_back_after_a_day_of_rejections()
    {
        foreach (var (rejected, hours, step) in new[] { (0, 1, RotationStep.Promote), (1, 24, RotationStep.Return) })
        {
            var history = new History(seed: 5);
            history.GoTo(RotationStep.RollOut);
            var since = history.Rotation.StepTime;
            while (history.Rotation.Step == RotationStep.RollOut)
            {
                var waited = history.WaitForNodes(rejected) - since;
                if (history.Rotation.Step == RotationStep.RollOut)
                    Assert.True(history.Rotation.Failure is not null == (rejected > 0 || waited >= TimeSpan.FromMinutes(10)), $"{waited}");
            }
            Assert.Equal(step, history.Rotation.Step);
            Assert.InRange(history.Rotation.StepTime - since, TimeSpan.FromHours(hours), TimeSpan.FromHours(hours + 1));
        }
    }

    [Fact]
    public void A_set_that_was_made_under_a_claim_that_has_ended_is_kept()
    {
        var history = new History(seed: 6);
        history.GoTo(RotationStep.Stage);
        Assert.Equal((RotationStep.Test, "late"), (history.MakeLate("late").Step, history.Rotation.Staged!.ConsumerKey));
        // A second one would overwrite the first.
        Assert.Equal("late", history.MakeLate("later").Staged!.ConsumerKey);
    }

    private sealed class History
    {
        private static readonly SalesforceIdentity User = new("org", "005user");

        private readonly Random random;
        private readonly HashSet<string> strangers = [];
        private TenantRecord state = new() { Tenant = TenantId.Parse("acme") };
        private DateTimeOffset now = DateTimeOffset.UnixEpoch.AddYears(56);
        private string primary = "key0";
        private StagedSet? staged;
        private int made;
        private bool isBrokenByPerson;

        public History(int seed)
        {
            random = new(seed);
            Save(primary);
            Do(new Command.Want());
        }

        public int Rotated { get; private set; }

        public int Returned { get; private set; }

        public int Stopped { get; private set; }

        public int Lost { get; private set; }

        public int Dropped { get; private set; }

        public SecretRotation Rotation => Current.Rotation!;

        private ClientCredential Current => state.ClientCredentials.Current!;

        public void Step()
        {
            now += random.Next(8) == 0 ? TimeSpan.FromMinutes(random.Next(600)) : TimeSpan.FromSeconds(random.Next(120));
            switch (random.Next(40))
            {
                case 0 or 1:
                    Do(new Command.RotateClientSecret { By = "ann", RequestId = Guid.NewGuid(), IsLeaked = random.Next(4) == 0, AllowedKey = null });
                    break;
                case 2 when staged is null:
                    strangers.Add(Stage("005person").ConsumerKey);
                    break;
                case 3 when staged is not null && random.Next(3) == 0:
                    isBrokenByPerson |= staged.ConsumerKey == Current.ConsumerKey;
                    strangers.Remove(staged.ConsumerKey);
                    staged = null;
                    break;
                case 4 when random.Next(4) == 0:
                    Do(new Command.Heal());
                    break;
                case 5:
                    Do(new Command.Expire(state.Rev));
                    break;
                case 6 when isBrokenByPerson && !Works(Current.Rotation!.Former?.ConsumerKey ?? ""):
                    Save(primary);
                    break;
                default:
                    Rotate();
                    break;
            }
            Check();
        }

        public void GoTo(RotationStep step)
        {
            Do(new Command.RotateClientSecret { By = "ann", RequestId = Guid.NewGuid(), IsLeaked = false });
            while (Rotation.Step != step)
                Rotate();
        }

        /// <summary>The next look at the nodes, one of which has not applied the new session.</summary>
        public DateTimeOffset WaitForNodes(int rejected)
        {
            now = Rotation.DueTime!.Value;
            Assert.True(Do(new Command.ClaimRotation()));
            Do(new Command.FinishRotation(Rotation.Claim!.Attempt, new RotationAnswer.NotRolledOut(1, rejected)));
            return now;
        }

        /// <summary>A server claims the next step, is taken for dead, and then brings a set after all.</summary>
        public SecretRotation MakeLate(string key)
        {
            Assert.True(Do(new Command.ClaimRotation()));
            var attempt = Rotation.Claim!.Attempt;
            Die();
            Do(new Command.FinishRotation(attempt, new RotationAnswer.Made(new(key, SecretOf(key)))));
            return Rotation;
        }

        // As an administrator does who copies the app's present key and secret.
        private void Save(string key)
        {
            Do(new Command.SetClientCredentials
            {
                By = "ann", RequestId = Guid.NewGuid(), ConsumerKey = key, ConsumerSecret = SecretOf(key), MyDomain = "acme.my.salesforce.com",
                TestFirst = true,
            });
            Do(new Command.FinishTest(state.Test!.Attempt, Verdict()));
            strangers.Remove(key);
        }

        // One server claims a step and makes it; it may die before, or its answer may be lost.
        private void Rotate()
        {
            if (!Do(new Command.ClaimRotation()))
                return;
            var rotation = Current.Rotation!;
            var (attempt, fate) = (rotation.Claim!.Attempt, random.Next(20));
            if (fate == 0)
            {
                Die();
                return;
            }
            var strangerBefore = staged is not null && strangers.Contains(staged.ConsumerKey) ? staged : null;
            var answer = Answer(rotation);
            Assert.True(strangerBefore is null || strangerBefore == staged, "a stranger's set is not touched");
            if (fate == 1)
            {
                // The answer is lost with the server.
                Die();
                return;
            }
            if (fate == 2 && rotation.Step is RotationStep.Stage or RotationStep.Promote)
            {
                Lost++;
                Do(new Command.FinishRotation(attempt, new RotationAnswer.Failed(Failure(FailureClass.OutcomeUnknown), OutcomeUnknown: true)));
                Die();
                // Sometimes it comes after all.
                if (random.Next(2) == 0)
                    Do(new Command.FinishRotation(attempt, answer));
                return;
            }
            var before = Current;
            Do(new Command.FinishRotation(attempt, answer));
            var after = Current.Rotation!;
            Rotated += rotation.Step == RotationStep.Prove && after.Step == RotationStep.Drop ? 1 : 0;
            Returned += rotation.Step == RotationStep.Return && before.ConsumerKey != Current.ConsumerKey ? 1 : 0;
            Stopped += after is { Step: not RotationStep.Done, IsRunning: false } ? 1 : 0;
        }

        private void Die()
        {
            now += Claims.Lifetime;
            Do(new Command.Expire(state.Rev));
        }

        private RotationAnswer Answer(SecretRotation rotation)
        {
            if (random.Next(6) == 0)
                return new RotationAnswer.Failed(Failure(random.Next(3) == 0 ? FailureClass.NotPermitted : FailureClass.Unavailable));
            switch (rotation.Step)
            {
                case RotationStep.Look:
                    return new RotationAnswer.Found("/path/staged", staged);
                case RotationStep.Stage:
                    return staged is not null ? new RotationAnswer.Found("/path/staged", staged)
                        : new RotationAnswer.Made(new(Stage(User.UserId).ConsumerKey, SecretOf(staged!.ConsumerKey)));
                case RotationStep.Test:
                    return Tested(rotation.Staged!.ConsumerKey);
                case RotationStep.RollOut:
                    return random.Next(2) == 0 ? new RotationAnswer.RolledOut() : new RotationAnswer.NotRolledOut(1, random.Next(2));
                case RotationStep.Promote when staged?.ConsumerKey == Current.ConsumerKey:
                    (staged, primary) = (staged with { ConsumerKey = primary, ConsumerSecret = SecretOf(primary), IsRotated = true }, staged.ConsumerKey);
                    return new RotationAnswer.Promoted();
                case RotationStep.Promote when primary == Current.ConsumerKey:
                    return new RotationAnswer.Promoted();
                case RotationStep.Promote when rotation.Former is not null:
                    return new RotationAnswer.Lost();
                case RotationStep.Promote:
                    return new RotationAnswer.Failed(Failure(FailureClass.NotPermitted));
                case RotationStep.Prove:
                    return staged?.ConsumerKey == Current.ConsumerKey ? new RotationAnswer.NotPromoted() : Tested(Current.ConsumerKey);
                case RotationStep.Drop when Tested(Current.ConsumerKey) is not RotationAnswer.Passed:
                    return Tested(Current.ConsumerKey);
                case RotationStep.Drop when staged?.ConsumerKey == Current.ConsumerKey:
                    return new RotationAnswer.NotPromoted();
                case RotationStep.Drop:
                    if (staged is not null && staged.ConsumerKey == rotation.Former?.ConsumerKey)
                    {
                        Assert.Equal(primary, Current.ConsumerKey);
                        Dropped++;
                        staged = null;
                    }
                    return new RotationAnswer.Dropped(Verdict());
                default:
                    return Tested(rotation.Former!.ConsumerKey);
            }
        }

        private RotationAnswer Tested(string key) =>
            Works(key) ? new RotationAnswer.Passed(Verdict()) : new RotationAnswer.Failed(Failure(FailureClass.LoginRefused));

        private bool Works(string key) => key == primary || key == staged?.ConsumerKey;

        private StagedSet Stage(string by)
        {
            var key = $"key{++made}";
            return staged = new(key, SecretOf(key), by, now, IsRotated: false, $"/path/staged/{made}");
        }

        private void Check()
        {
            var rotation = Current.Rotation;
            // A set that a person dropped cannot work; the former one then comes back.
            isBrokenByPerson &= !Works(Current.ConsumerKey);
            Assert.True(isBrokenByPerson || Works(Current.ConsumerKey), "the set in force works");
            Assert.Equal(SecretOf(Current.ConsumerKey), Current.ConsumerSecret);
            Assert.DoesNotContain(Current.ConsumerKey, strangers);
            Assert.True(rotation?.Former is null || rotation.Former.ConsumerKey != Current.ConsumerKey);
            // It never waits for nothing: it is done, stopped with a reason, claimed, or due.
            Assert.True(rotation is null or { Step: RotationStep.Done } or { DueTime: not null } or { Claim: not null } or { Failure: not null });
            Assert.True(rotation is not { Step: RotationStep.Return, Former: null } and not { Step: RotationStep.Test, Staged: null });
            Assert.NotNull(Current.Renewal.Session);
        }

        private bool Do(Command command)
        {
            var at = new Moment(state.Rev + 1, now);
            if (RecordRules.Apply(state, command, at) is not Decision.Changed changed)
                return false;
            state = changed.State;
            // Its session is renewed in time; that is not what is tested here.
            if (state.ClientCredentials.Current is { } current)
                state = state.With(Mode.ClientCredentials, Slot.Current, current with { Renewal = RenewalRules.WithSession(current.Renewal, Session(), at) });
            return true;
        }

        public override string ToString() => $"in force {Current.ConsumerKey}, primary {primary}, staged {staged?.ConsumerKey}: {Current.Rotation}";

        private TestVerdict Verdict() => new(Session(), null, []);

        private SalesforceSession Session() => new()
        {
            AccessToken = new($"access-{state.Rev}"), InstanceUrl = "https://acme.my.salesforce.com", Identity = User,
            LoginUrl = "https://acme.my.salesforce.com", ExpectedExpireTime = now + TimeSpan.FromDays(365),
        };

        private Failure Failure(FailureClass failureClass) => new(failureClass, null, "", now);

        private static Secret SecretOf(string key) => new($"secret of {key}");
    }
}
