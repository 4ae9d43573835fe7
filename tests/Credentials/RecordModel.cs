using GrpcCreds.Server.Credentials;

namespace GrpcCreds.Tests.Credentials;

/// <summary>
/// What a tenant must look like after each command, told once more and more plainly than the rules do: as the table of the design reads.
/// Sessions are known by their token.
/// </summary>
internal sealed class RecordModel
{
    private Saved? current;
    private Saved? candidate;
    private string? session;
    private DateTimeOffset sessionEnd;
    private string mode = "NotConfigured";
    private Running? running;
    private Renewing? renewing;
    private DateTimeOffset? wanted;
    private bool refused;
    private int failedRenewals;
    private long etag;

    /// <summary>A saved credential; <paramref name="Id"/> is the commit that saved it.</summary>
    public sealed record Saved(long Id, string User, string Password, string Token, bool Sandbox);

    private sealed record Running(long Attempt, bool OfCandidate, DateTimeOffset End, bool Activates);

    private sealed record Renewing(long Attempt);

    /// <summary>What nodes are told, and since which commit.</summary>
    public (string Told, long Revision) Nodes { get; private set; } = ("NotConfigured", 0);

    public long Etag => etag;

    public Saved? Current => current;

    public Saved? Candidate => candidate;

    public long? Attempt => running?.Attempt;

    public long? RenewalAttempt => renewing?.Attempt;

    /// <summary>When the next renewal is due. After a success it lies within a range, and the test says where it was found.</summary>
    public DateTimeOffset? RenewTime { get; set; }

    /// <summary>Where it must lie, if it was set by the last command.</summary>
    public (DateTimeOffset From, DateTimeOffset To)? RenewRange { get; private set; }

    /// <summary>Carries a command out at a moment, or says which reason refuses it; null if there is nothing to do.</summary>
    public object? Apply(Command command, Moment at)
    {
        RenewRange = null;
        if (command is Command.Request { Etag: { } given } && given != Rules.FormatEtag(etag))
            return Reason.EtagMismatch;
        var result = command switch
        {
            Command.SetPassword set => Set(set, at),
            Command.SetActiveMode { Mode: Mode.Off } => Off(),
            Command.SetActiveMode => Activate(at),
            Command.DiscardCandidate => Discard(),
            Command.DeletePassword delete => Delete(delete.AllowActive),
            Command.TestAccess test => Test(test, at),
            Command.FinishTest finish => Finish(finish, at),
            Command.Want => Want(at.Now),
            Command.ClaimUpkeep => ClaimRenewal(at),
            Command.FinishUpkeep finish => FinishRenewal(finish, at),
            Command.Expire expire => Expire(expire.RipeRev, at.Now),
            _ => throw new ArgumentOutOfRangeException(nameof(command)),
        };
        if (result is not WriteResult done)
            return result;
        if (command is Command.Write || done == WriteResult.Activated)
            etag = at.Rev;
        var told = mode == "Password" ? session is null ? "Suspended" : $"Serving {current!.Sandbox} {session} until {sessionEnd:O}" : mode;
        if (told != Nodes.Told)
            Nodes = (told, at.Rev);
        return done;
    }

    private object Set(Command.SetPassword set, Moment at)
    {
        var old = candidate ?? current;
        var lacks = old is null && (set.Username is null || set.Password is null);
        var tokenMissing = set.Password is not null && set.SecurityToken is null;
        var moved = old is not null && set.Password is null && set.UseSandbox is { } sandbox && sandbox != old.Sandbox;
        if (lacks || tokenMissing || moved)
            return Reason.InvalidFields;
        candidate = new Saved(
            at.Rev, set.Username ?? old!.User, set.Password?.Reveal() ?? old!.Password, set.SecurityToken?.Reveal() ?? old!.Token, set.UseSandbox ?? old?.Sandbox ?? false);
        running = set.TestFirst ? new Running(at.Rev, OfCandidate: true, at.Now + TimeSpan.FromSeconds(60), Activates: true) : null;
        return set.TestFirst ? WriteResult.Pending : WriteResult.Staged;
    }

    private object Activate(Moment at)
    {
        if (running is not null)
            return Reason.TestInProgress;
        if (candidate is null && current is null)
            return Reason.NothingToActivate;
        running = new Running(at.Rev, candidate is not null, at.Now + TimeSpan.FromSeconds(60), Activates: true);
        return WriteResult.Pending;
    }

    private object Test(Command.TestAccess test, Moment at)
    {
        if (running is not null)
            return Reason.TestInProgress;
        var ofCandidate = test.Slot is { } slot ? slot == Slot.Candidate : candidate is not null;
        if ((ofCandidate ? candidate : current) is null)
            return Reason.NothingToTest;
        running = new Running(at.Rev, ofCandidate, at.Now + TimeSpan.FromSeconds(60), Activates: false);
        return WriteResult.Pending;
    }

    private object Off()
    {
        running = null;
        if (mode is "SwitchedOff" or "Deleted")
            return WriteResult.Unchanged;
        (mode, session, renewing) = ("SwitchedOff", null, null);
        return WriteResult.Activated;
    }

    private object Discard()
    {
        if (candidate is null)
            return WriteResult.Unchanged;
        (candidate, running) = (null, null);
        return WriteResult.Removed;
    }

    private object Delete(bool allowActive)
    {
        if (mode == "Password" && !allowActive)
            return Reason.CredentialInUse;
        if (candidate is null && current is null)
            return WriteResult.Unchanged;
        (candidate, current, running, session, renewing) = (null, null, null, null, null);
        (RenewTime, refused, failedRenewals) = (null, false, 0);
        mode = mode == "Password" ? "Deleted" : mode;
        return WriteResult.Removed;
    }

    private object Finish(Command.FinishTest finish, Moment at)
    {
        if (running is null || running.Attempt != finish.Attempt)
            return Reason.CandidateChanged;
        var (ofCandidate, activates) = (running.OfCandidate, running.Activates);
        running = null;
        if (finish.Verdict is null)
            return WriteResult.AccountProtected;
        if (finish.Verdict.Failure is { } failure)
        {
            refused |= !ofCandidate && failure.Class == FailureClass.LoginRefused;
            return IsUndecided(failure) ? WriteResult.TestUnknown : WriteResult.TestFailed;
        }
        if (activates)
        {
            if (ofCandidate)
                (current, candidate) = (candidate, null);
            (mode, renewing) = ("Password", null);
            Take(finish.Verdict.Session!, at.Now);
            return WriteResult.Activated;
        }
        if (!ofCandidate)
        {
            if (mode == "Password" && session is null)
                Take(finish.Verdict.Session!, at.Now);
            refused = false;
        }
        return WriteResult.TestPassed;
    }

    private object? Want(DateTimeOffset now)
    {
        if (mode != "Password" || now < wanted + TimeSpan.FromHours(6))
            return null;
        wanted = now;
        return WriteResult.None;
    }

    private object? ClaimRenewal(Moment at)
    {
        var due = mode == "Password" && renewing is null && !refused && RenewTime <= at.Now && RenewTime <= wanted + TimeSpan.FromHours(30);
        if (!due)
            return null;
        renewing = new Renewing(at.Rev);
        return WriteResult.Pending;
    }

    private object? FinishRenewal(Command.FinishUpkeep finish, Moment at)
    {
        if (renewing is null || renewing.Attempt != finish.Attempt)
            return null;
        renewing = null;
        if (finish.Answer is UpkeepAnswer.NotRenewed failed)
        {
            refused |= failed.Fate == GrantFate.Dead;
            RenewTime = at.Now + TimeSpan.FromMinutes(Math.Min(15, Math.Pow(2, failedRenewals++)));
        }
        else
        {
            Take(((UpkeepAnswer.Renewed)finish.Answer).Session, at.Now);
        }
        return WriteResult.None;
    }

    private void Take(SalesforceSession taken, DateTimeOffset now)
    {
        (session, sessionEnd, refused, failedRenewals, renewing) = (taken.AccessToken.Reveal(), taken.ExpectedExpireTime, false, 0, null);
        var lifetime = taken.ExpectedExpireTime - now;
        RenewRange = (now + (lifetime * 0.675), now + (lifetime * 0.825));
    }

    private static bool IsUndecided(Failure failure) => failure.Class is FailureClass.Unavailable or FailureClass.OutcomeUnknown or FailureClass.Throttled;

    private object? Expire(long ripeRev, DateTimeOffset now)
    {
        var testEnds = running?.End <= now;
        var renewalEnds = renewing?.Attempt <= ripeRev;
        var sessionEnds = mode == "Password" && session is not null && sessionEnd <= now;
        running = testEnds ? null : running;
        session = sessionEnds ? null : session;
        if (renewalEnds)
            (renewing, RenewTime) = (null, now);
        return testEnds || renewalEnds || sessionEnds ? WriteResult.None : null;
    }
}
