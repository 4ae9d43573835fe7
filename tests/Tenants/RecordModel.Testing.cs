using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Tests.Tenants;

/// <summary>Tests, and the activation by one that passes.</summary>
internal sealed partial class RecordModel
{
    private (long Attempt, Mode Mode, Slot Slot, bool Activates, DateTimeOffset End)? running;

    private static bool IsComplete(Saved? credential) => credential is { Login: not null } or { Refresh: not null };

    private object BeginTest(Mode mode, Slot slot, bool activates, Moment at)
    {
        running = (at.Rev, mode, slot, activates, at.Now + Minute);
        return WriteResult.Pending;
    }

    private void CancelTest(Mode mode) => running = running?.Mode == mode ? null : running;

    private object Activate(Mode mode, Moment at)
    {
        if (running is not null)
            return Reason.TestInProgress;
        if (!IsComplete(this[mode, Slot.Candidate]) && !IsComplete(this[mode, Slot.Current]))
            return Reason.NothingToActivate;
        DropWish();
        return BeginTest(mode, IsComplete(this[mode, Slot.Candidate]) ? Slot.Candidate : Slot.Current, activates: true, at);
    }

    private object Test(Command.TestAccess test, Moment at)
    {
        if (running is not null)
            return Reason.TestInProgress;
        var slot = test.Slot ?? (this[test.Mode, Slot.Candidate] is null ? Slot.Current : Slot.Candidate);
        if (this[test.Mode, slot] is not { } tested)
            return Reason.NothingToTest;
        if (IsComplete(tested))
            return BeginTest(test.Mode, slot, activates: false, at);
        tested.LastTest = "NeedsSetup";
        return WriteResult.TestFailed;
    }

    private object FinishTest(Command.FinishTest finish, Moment at)
    {
        if (running is not { } test || test.Attempt != finish.Attempt)
            return Reason.CandidateChanged;
        running = null;
        if (finish.Verdict is not { } verdict)
            return WriteResult.AccountProtected;
        var tested = this[test.Mode, test.Slot]!;
        tested.LastTest = verdict.Failure?.Class.ToString() ?? "passed";
        var owner = this[Mode.ClientCredentials, Slot.Current]?.Ids;
        if (test.Mode == Mode.ClientCredentials && verdict.Session is { } reached)
            tested.Ids = reached.Identity;
        if (verdict.Failure is { } failure)
        {
            // Nothing that a test says of a grant stops its renewals.
            tested.Stopped |= test.Mode == Mode.Password && test.Slot == Slot.Current && failure.Class == FailureClass.LoginRefused;
            return IsUndecided(failure) ? WriteResult.TestUnknown : WriteResult.TestFailed;
        }
        tested.Stopped = false;
        if (!test.Activates)
        {
            // Nodes without a session get this one, and so do those whose org has moved.
            if (test.Mode != Mode.Oauth && test.Slot == Slot.Current && force == test.Mode.ToString()
                && (tested.Session is null || tested.Host != verdict.Session!.InstanceUrl))
            {
                // A renewal in progress continues.
                var call = tested.Call;
                Take(tested, verdict.Session!, at.Now);
                tested.Call = call;
            }
            if (test.Mode != Mode.Oauth)
                tested.Why = null;
            return WriteResult.TestPassed;
        }
        // Also if it is the tested one's own: the token of the test takes its place.
        if (test.Mode == Mode.ClientCredentials)
            RetireTokenOf(this[Mode.ClientCredentials, Slot.Current], owner, at, at.Now + (10 * Minute));
        if (test.Slot == Slot.Candidate)
            Promote(test.Mode, at.Now);
        PutInForce(test.Mode.ToString(), at);
        if (test.Mode != Mode.Oauth)
        {
            // The previous one, with its session.
            Put(test.Mode, Slot.Candidate, null);
            tested.Forget();
            Take(tested, verdict.Session!, at.Now);
        }
        return WriteResult.Activated;
    }

    // The replaced one lives for 10 more minutes. A setup that is open for it continues.
    private void Promote(Mode mode, DateTimeOffset now)
    {
        var promoted = this[mode, Slot.Candidate]!;
        RetireGrantOf(this[mode, Slot.Current], now + TimeSpan.FromMinutes(10));
        Put(mode, Slot.Current, promoted);
        Put(mode, Slot.Candidate, null);
        if (setup is { } open && open.Of == promoted.Id)
            setup = open with { Slot = Slot.Current };
    }
}
