using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>
/// How an app's key and secret are rotated: look, stage, test and put in force, wait for the nodes, make primary, prove, drop the former set. Each step is
/// claimed in the record, made once by the server that claimed it, and its result is durable before the next one begins. The former set is kept until the
/// new one has been proven as the primary one, and it comes back in force if the new one stops working before that.
/// </summary>
internal static class RotationRules
{
    /// <summary>For so long a set that was proven is followed by the former one, which still works, before that is dropped.</summary>
    public static readonly TimeSpan DropAfter = TimeSpan.FromHours(24);

    /// <summary>For so long a new set may be unknown to Salesforce's own servers.</summary>
    private static readonly TimeSpan KnownEverywhereAfter = TimeSpan.FromHours(1);

    /// <summary>The longest wait for nodes that neither apply nor reject: they hold sessions, not the secret.</summary>
    private static readonly TimeSpan LongestRollOut = TimeSpan.FromHours(1);

    /// <summary>After this without success the former set comes back: a set that is only staged ends after 30 days.</summary>
    private static readonly TimeSpan ReturnAfter = TimeSpan.FromHours(24);

    /// <summary>After this, a set that Salesforce still shows as staged is not the primary one.</summary>
    private static readonly TimeSpan ShownAfter = TimeSpan.FromMinutes(10);

    /// <summary>After this the store knows the nodes that were connected when the new set came in force.</summary>
    private static readonly TimeSpan NodesKnownAfter = TimeSpan.FromSeconds(3);

    /// <summary>When a wait for the nodes is worth telling.</summary>
    private static readonly TimeSpan TellAfter = TimeSpan.FromMinutes(10);

    /// <summary>How far Salesforce's clock may be from the service's.</summary>
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(5);

    // Each attempt costs entries of the tenant's audit, and most of them calls of the org's limit: what lasts is asked about rarely.
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(30);

    private const string StoppedAdvice = "The service was stopped during this step, or Salesforce did not answer; it goes on by itself.";
    private const string UnusableAdvice = "The app's staged set does not show its secret: give the Run As user the permission View Client Secret.";
    private const string LostAdvice =
        "The new set was dropped in Salesforce before it became the primary one, so the former set is put back in force; start the rotation again.";
    private const string UsedAdvice =
        "The credential for JWT bearer still has the app's former consumer key, so the former set is not dropped: save the new key with "
        + "SetJwtBearerCredential, or delete that credential. Salesforce ends the former key 30 days after it was replaced.";
    private const string ReturnedAdvice = "The former set is in force again. When the cause is resolved, call RotateClientSecret again.";
    private const string EndsAdvice =
        "The former set is in force again, but it is no longer the app's primary one and ends 30 days after it was replaced: call RotateClientSecret again, "
        + "which first makes it the primary one.";

    public static Decision Start(TenantRecord state, Command.RotateClientSecret start, Moment at)
    {
        if (state.ClientCredentials.Current is not { } current)
            return Decision.Refuse(Reason.NothingToRotate, "no client credentials are in force or were before; SetClientCredentials saves them");
        return current.Rotation switch
        {
            { IsRunning: true } running => Joined(state, current, running, start, at),
            { Step: not RotationStep.Done } stopped => Begun(state, current, Resumed(stopped, start, at)),
            var last => Begun(state, current, New(start.By, last, at) with { IsLeaked = start.IsLeaked, AllowedKey = start.AllowedKey }),
        };
    }

    /// <summary>When the next step is due, or an open claim ends; null: never.</summary>
    public static DateTimeOffset? Due(TenantRecord state) => state.ClientCredentials.Current switch
    {
        null => null,
        { Rotation.Claim: { } claim } => claim.EndTime,
        { Rotation: { Step: not RotationStep.Done } rotation } => rotation.DueTime,
        { RotateEvery: { } every } current => current.SecretTime + every,
        _ => null,
    };

    /// <summary>A claim is over by its owner's clock.</summary>
    public static bool HasOverdueClaim(TenantRecord state, DateTimeOffset now) => state.ClientCredentials.Current?.Rotation?.Claim?.EndTime <= now;

    public static Decision Claim(TenantRecord state, Moment at)
    {
        if (state.ClientCredentials.Current is not { Rotation: null or { Claim: null } } current || Due(state) is not { } due || due > at.Now)
            return new Decision.Nothing();
        var rotation = current.Rotation is { Step: not RotationStep.Done } running ? running : New(SecretRotation.Schedule, current.Rotation, at);
        if (rotation is { Step: RotationStep.Drop, Former: { } former } && IsUsedElsewhere(state, former.ConsumerKey))
            return Put(
                state, current, rotation with { Failure = new(FailureClass.NotPermitted, null, UsedAdvice, at.Now), DueTime = at.Now + DropAfter });
        return Put(state, current, rotation with
        {
            Claim = new(at.Rev, at.Now),
            StageTime = rotation.Step == RotationStep.Stage ? rotation.StageTime ?? at.Now : rotation.StageTime,
        }, WriteResult.Pending);
    }

    public static Decision Finish(TenantRecord state, Command.FinishRotation finish, Moment at)
    {
        if (state.ClientCredentials.Current is not { Rotation: { } rotation } current)
            return new Decision.Nothing();
        // A set that was made under a claim that has ended is still the service's, and its secret is nowhere else.
        var isLate = finish.Answer is RotationAnswer.Made && rotation.Claim?.Attempt != finish.Attempt
            && rotation is { StageTime: not null, Staged: null, Former: null, Step: RotationStep.Look or RotationStep.Stage };
        if (rotation.Claim?.Attempt != finish.Attempt && !isLate)
            return new Decision.Nothing();
        if (finish.Answer is RotationAnswer.Failed { OutcomeUnknown: true } unknown)
            return Put(state, current, rotation with { Failure = unknown.Failure });
        rotation = rotation with { Claim = null };
        return (rotation.Step, finish.Answer) switch
        {
            (RotationStep.Look or RotationStep.Stage, RotationAnswer.Found found) => Put(state, current, Looked(rotation, current, found, at)),
            (RotationStep.Look or RotationStep.Stage, RotationAnswer.Made staged) =>
                Put(state, current, Next(rotation with { Staged = staged.Set }, RotationStep.Test, at)),
            (RotationStep.Test, RotationAnswer.Passed passed) => new Decision.Changed(
                InForce(state, current, rotation.Staged!, passed.Verdict, Next(rotation with
                {
                    Former = new(current.ConsumerKey, current.ConsumerSecret), Staged = null,
                }, RotationStep.RollOut, at) with { DueTime = at.Now + NodesKnownAfter }, at), WriteResult.Activated),
            (RotationStep.RollOut, RotationAnswer.RolledOut) => Put(state, current, Next(rotation, RotationStep.Promote, at)),
            (RotationStep.RollOut, RotationAnswer.NotRolledOut waits) => Put(state, current, Waiting(rotation, waits, at)),
            (RotationStep.Promote, RotationAnswer.Promoted) => Put(state, current, Next(rotation with { IsPromoted = true }, RotationStep.Prove, at)),
            // Salesforce may show for a while what was before.
            (RotationStep.Prove, RotationAnswer.NotPromoted) when at.Now - rotation.StepTime < ShownAfter => Put(state, current, Again(rotation, at)),
            (RotationStep.Prove or RotationStep.Drop, RotationAnswer.NotPromoted) => Put(state, current, Next(rotation, RotationStep.Promote, at)),
            (_, RotationAnswer.Lost) => Put(
                state, current, Next(rotation, RotationStep.Return, at) with { Failure = new(FailureClass.NotPermitted, null, LostAdvice, at.Now) }),
            (RotationStep.Prove, RotationAnswer.Passed passed) => Proven(state, current, rotation, passed.Verdict, at),
            (RotationStep.Drop, RotationAnswer.Dropped dropped) => Dropped(state, current, rotation, dropped.Verdict, at),
            (RotationStep.Return, RotationAnswer.Passed passed) => new Decision.Changed(
                InForce(state, current, rotation.Former!, passed.Verdict, Returned(rotation, current, at), at), WriteResult.Activated),
            (_, RotationAnswer.Failed failed) => Put(state, current, Failed(rotation, failed, at)),
            _ => throw new ArgumentOutOfRangeException(nameof(finish)),
        };
    }

    /// <summary>Ends a claim that the caller has known for the lifetime of a claim: each step begins with a look at what the last attempt did.</summary>
    public static TenantRecord Expire(TenantRecord state, long ripeRev, Moment at) =>
        state.ClientCredentials.Current is { Rotation: { Claim: { } claim } rotation } current && claim.Attempt <= ripeRev
            ? With(state, current, rotation with
            {
                Claim = null, DueTime = at.Now, Attempts = rotation.Attempts + 1,
                Failure = rotation.Failure ?? new(FailureClass.OutcomeUnknown, null, StoppedAdvice, at.Now),
            })
            : state;

    // With each set, Salesforce gives the app another consumer key. An assertion names the key too.
    private static bool IsUsedElsewhere(TenantRecord state, string consumerKey) =>
        state.JwtBearer.Current?.ConsumerKey == consumerKey || state.JwtBearer.Candidate?.ConsumerKey == consumerKey;

    private static SecretRotation New(string by, SecretRotation? last, Moment at) => new()
    {
        StartTime = at.Now, StartedBy = by, Step = RotationStep.Look, StepTime = at.Now, DueTime = at.Now, StagedPath = last?.StagedPath, Staged = last?.Staged,
    };

    // A set that was found may have been dropped, and one that was missing may be there: a stopped rotation looks again.
    private static SecretRotation Resumed(SecretRotation stopped, Command.RotateClientSecret start, Moment at) =>
        Next(stopped, stopped.Step is RotationStep.Stage or RotationStep.Test ? RotationStep.Look : stopped.Step, at) with
    {
        IsLeaked = stopped.IsLeaked || start.IsLeaked, AllowedKey = start.AllowedKey ?? stopped.AllowedKey,
    };

    // Of a leak, both sets are replaced that it may be about.
    private static Decision.Changed Joined(TenantRecord state, ClientCredential current, SecretRotation running, Command.RotateClientSecret start, Moment at)
    {
        var joined = running with
        {
            IsLeaked = running.IsLeaked || start.IsLeaked,
            IsRepeated = running.IsRepeated || (running.Former is not null && (start.IsLeaked || running.Step == RotationStep.Drop)),
            AllowedKey = start.AllowedKey ?? running.AllowedKey,
            DueTime = running.DueTime is null || running.DueTime <= at.Now ? running.DueTime : at.Now,
        };
        return joined == running ? new Decision.Changed(state, WriteResult.Unchanged) : Begun(state, current, joined);
    }

    private static Decision.Changed Begun(TenantRecord state, ClientCredential current, SecretRotation rotation) =>
        Put(state, current, rotation, WriteResult.RotationStarted);

    private static SecretRotation Looked(SecretRotation rotation, ClientCredential current, RotationAnswer.Found found, Moment at)
    {
        rotation = rotation with { StagedPath = found.StagedPath };
        if (found.Staged is not { } seen)
            // What the service had staged is gone.
            return Next(rotation with { Staged = null }, RotationStep.Stage, at);
        // It came back before it was the primary one again.
        if (seen.ConsumerKey == current.ConsumerKey)
            return Next(rotation with { Former = rotation.Staged, Staged = null }, RotationStep.Promote, at);
        if (!IsOurs(rotation, current, seen))
            return Stopped(rotation, new(FailureClass.NotPermitted, null, Strange(seen), at.Now));
        return seen.ConsumerSecret is { } secret
            ? Next(rotation with { Staged = new(seen.ConsumerKey, secret) }, RotationStep.Test, at)
            : Stopped(rotation, new(FailureClass.NotPermitted, null, UnusableAdvice, at.Now));
    }

    // It is known by its key, or an administrator named its key, or its own user staged it after the service had asked for one and had no answer.
    private static bool IsOurs(SecretRotation rotation, ClientCredential current, StagedSet seen) =>
        seen.ConsumerKey == rotation.Staged?.ConsumerKey || seen.ConsumerKey == rotation.AllowedKey
        || (!seen.IsRotated && seen.CreatedBy is { } by && by == current.Identity?.UserId && seen.CreatedTime >= rotation.StageTime - ClockDifference);

    private static string Strange(StagedSet seen) => seen.IsRotated
        ? $"The app still has the set with consumer key {seen.ConsumerKey}, which was primary before. Salesforce deletes it 30 days after it was replaced; "
            + "delete it in Salesforce to rotate now."
        : $"A set with consumer key {seen.ConsumerKey} is staged in Salesforce that the service did not stage. Delete it there, or have the service use it: "
            + "call RotateClientSecret with this key as staged_consumer_key.";

    private static SecretRotation Waiting(SecretRotation rotation, RotationAnswer.NotRolledOut waits, Moment at)
    {
        var waited = at.Now - rotation.StepTime;
        if (waits.Rejected > 0 && waited >= ReturnAfter && rotation.Former is not null)
            return Next(rotation, RotationStep.Return, at) with { Failure = Lagging(waits, at) };
        if (waits.Rejected == 0 && waited >= LongestRollOut)
            return Next(rotation, RotationStep.Promote, at);
        return rotation with
        {
            Attempts = rotation.Attempts + 1,
            DueTime = at.Now + Backoff.After(rotation.Attempts + 1, FirstLook, LastRetry, at.Spread),
            Failure = waits.Rejected > 0 || waited >= TellAfter ? Lagging(waits, at) : null,
        };
    }

    private static Failure Lagging(RotationAnswer.NotRolledOut waits, Moment at) => new(
        FailureClass.Unavailable, null, $"{waits.Behind} nodes have not applied the new session yet, {waits.Rejected} of them reject it: ListNodes names them.",
        at.Now);

    private static Decision.Changed Proven(TenantRecord state, ClientCredential current, SecretRotation rotation, TestVerdict verdict, Moment at)
    {
        var next = Next(rotation, RotationStep.Drop, at) with { DueTime = rotation.IsLeaked ? at.Now : at.Now + DropAfter };
        var proven = Put(state, Tested(state, current, verdict, at), next);
        return rotation.IsLeaked ? proven with { State = RetireRules.Hasten(proven.State, Mode.ClientCredentials, at) } : proven;
    }

    private static Decision.Changed Dropped(TenantRecord state, ClientCredential current, SecretRotation rotation, TestVerdict verdict, Moment at) =>
        Put(state, Tested(state, current, verdict, at), rotation.IsRepeated
            ? New(rotation.StartedBy, rotation, at) with { IsLeaked = rotation.IsLeaked }
            : Next(rotation with { Former = null }, RotationStep.Done, at) with { DueTime = null });

    // The new set is remembered: it is still the service's own.
    private static SecretRotation Returned(SecretRotation rotation, ClientCredential current, Moment at) =>
        Next(rotation with { Staged = new(current.ConsumerKey, current.ConsumerSecret), Former = null }, RotationStep.Done, at) with
    {
        DueTime = null,
        Failure = rotation.Failure is { } failure ? failure with { Advice = $"{failure.Advice} {(rotation.IsPromoted ? EndsAdvice : ReturnedAdvice)}" } : null,
    };

    private static SecretRotation Failed(SecretRotation rotation, RotationAnswer.Failed answer, Moment at)
    {
        var (failure, waited) = (answer.Failure, at.Now - rotation.StepTime);
        return rotation.Step switch
        {
            RotationStep.Look or RotationStep.Stage when !failure.IsUndecided || waited >= ReturnAfter => Stopped(rotation, failure),
            RotationStep.Test when failure.Class == FailureClass.WrongIdentity => Stopped(rotation, failure),
            RotationStep.Test when !failure.IsUndecided && waited >= KnownEverywhereAfter => Stopped(rotation, failure),
            RotationStep.Promote when waited >= ReturnAfter && rotation.Former is null => Stopped(rotation, failure),
            RotationStep.Promote when waited >= ReturnAfter => Next(rotation, RotationStep.Return, at) with { Failure = failure },
            // Now the former set does not work: the one in force may again.
            RotationStep.Return when !failure.IsUndecided =>
                Next(rotation, rotation.IsPromoted ? RotationStep.Prove : RotationStep.Promote, at) with
                {
                    Failure = failure, DueTime = Again(rotation, at).DueTime,
                },
            RotationStep.Prove when rotation.Former is not null && !answer.SetWorks && !failure.IsUndecided && waited >= KnownEverywhereAfter =>
                Next(rotation, RotationStep.Return, at) with { Failure = failure },
            _ => Again(rotation, at) with { Failure = failure },
        };
    }

    private static SecretRotation Again(SecretRotation rotation, Moment at) => rotation with
    {
        Attempts = rotation.Attempts + 1,
        DueTime = at.Now + Backoff.After(rotation.Attempts + 1, FirstRetry, LastRetry, at.Spread),
    };

    private static SecretRotation Stopped(SecretRotation rotation, Failure failure) => rotation with { DueTime = null, Failure = failure };

    private static SecretRotation Next(SecretRotation rotation, RotationStep step, Moment at) =>
        rotation with { Step = step, StepTime = at.Now, DueTime = at.Now, Failure = null, Attempts = 0, Claim = null };

    // The session of the test serves; the one before is revoked when running operations had time to finish.
    private static TenantRecord InForce(
        TenantRecord state, ClientCredential current, ConsumerSet set, TestVerdict verdict, SecretRotation rotation, Moment at)
    {
        var replaced = current with
        {
            CredentialId = at.Rev, ConsumerKey = set.ConsumerKey, ConsumerSecret = set.ConsumerSecret, SetTime = at.Now, SetBy = rotation.StartedBy,
            SecretTime = at.Now, Renewal = SessionRenewal.None, Rotation = rotation,
        };
        var after = state.With(Mode.ClientCredentials, Slot.Current, Tested(state, replaced, verdict, at));
        return current.Leaving(at.Rev, at.Now) is { } leaving && !RetireRules.IsKept(after, leaving.Token)
            ? RetireRules.Retire(after, current, RetiringGrant.Grace, at)
            : after;
    }

    // As after a renewal: the session before lives until its own end.
    private static ClientCredential Tested(TenantRecord state, ClientCredential current, TestVerdict verdict, Moment at) => current with
    {
        LastTest = new TestResult(Slot.Current, verdict.Checks, null, at.Now),
        Renewal = state.ActiveMode == Mode.ClientCredentials
            ? RenewalRules.WithSession(current.Renewal, verdict.Session!, at) with { Claim = current.Renewal.Claim }
            : current.Renewal,
    };

    private static Decision.Changed Put(TenantRecord state, ClientCredential current, SecretRotation rotation, WriteResult result = WriteResult.None) =>
        new(With(state, current, rotation), result);

    private static TenantRecord With(TenantRecord state, ClientCredential current, SecretRotation rotation) =>
        state.With(Mode.ClientCredentials, Slot.Current, current with { Rotation = rotation });
}
