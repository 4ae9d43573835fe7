using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Tests.Tenants;

/// <summary>Setups: one open at a time, each state good for once.</summary>
internal sealed partial class RecordModel
{
    private readonly List<(string State, string End)> ended = [];
    private Opened? setup;
    private string? lastSetup;

    private sealed record Opened(string State, string Starter, long Of, Slot Slot, DateTimeOffset End, long? Attempt);

    private object StartSetup(Command.StartSetup start, Moment at)
    {
        var slot = this[Mode.Oauth, Slot.Candidate] is null ? Slot.Current : Slot.Candidate;
        if (this[Mode.Oauth, slot] is not { } target)
            return Reason.NothingToSetUp;
        EndSetup("Superseded", FailureClass.NeedsSetup);
        setup = new Opened(start.StateHash, start.By, target.Id, slot, at.Now + (10 * Minute), null);
        return WriteResult.WaitingForSetup;
    }

    private object CompleteSetup(Command.CompleteSetup complete, Moment at)
    {
        if (setup?.State != complete.StateHash)
        {
            return ended.Take(8).FirstOrDefault(one => one.State == complete.StateHash).End switch
            {
                "Used" => Reason.OauthStateUsed,
                "Expired" => Reason.OauthStateExpired,
                "Superseded" => Reason.OauthStateSuperseded,
                _ => Reason.OauthStateInvalid,
            };
        }
        if (!complete.ByAnybody && complete.By != setup.Starter)
            return Reason.OauthStateInvalid;
        if (setup.Attempt is not null)
            return Reason.OauthStateUsed;
        if (setup.End <= at.Now)
            return Reason.OauthStateExpired;
        if (complete.Error is { } error)
        {
            EndSetup("Used", error.Class);
            return IsUndecided(error) ? WriteResult.TestUnknown : WriteResult.TestFailed;
        }
        setup = setup with { Attempt = at.Rev, End = at.Now + Minute };
        return WriteResult.Pending;
    }

    private object FinishSetup(Command.FinishSetup finish, Moment at)
    {
        if (setup is not { } open || open.Attempt != finish.Attempt)
            return Reason.CandidateChanged;
        EndSetup("Used", finish.Verdict.Failure?.Class);
        var granted = this[Mode.Oauth, open.Slot]!;
        if (finish.Verdict.Failure is { } failure)
        {
            if (finish.Verdict.RefreshToken is { } unwanted)
                Retiring.Add(new(Mode.Oauth, at.Rev, unwanted.Reveal(), granted.Ids!, at.Now, at.Now + Patience, 0));
            return IsUndecided(failure) ? WriteResult.TestUnknown : WriteResult.TestFailed;
        }
        RetireGrantOf(granted, open.Slot == Slot.Current ? at.Now + (10 * Minute) : at.Now);
        granted.Forget();
        (granted.GrantId, granted.Refresh, granted.GrantUsed) = (at.Rev, finish.Verdict.RefreshToken!.Reveal(), at.Now);
        Take(granted, finish.Verdict.Session!, at.Now);
        granted.LastTest = "passed";
        if (open.Slot == Slot.Candidate && granted.OnSetup == "wait")
            return WriteResult.Staged;
        if (open.Slot == Slot.Candidate)
        {
            // A test of what is replaced has lost its ground.
            CancelTest(Mode.Oauth);
            Promote(Mode.Oauth, at.Now);
            if (granted.OnSetup == "activate")
                PutInForce("Oauth", at);
        }
        return force == "Oauth" ? WriteResult.Activated : WriteResult.Staged;
    }

    private void EndSetup(string end, FailureClass? failure)
    {
        if (setup is null)
            return;
        ended.Insert(0, (setup.State, end));
        (setup, lastSetup) = (null, failure?.ToString() ?? "done");
    }
}
