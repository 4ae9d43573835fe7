using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Tests.Tenants;

/// <summary>Keeps sessions and grants alive, and ends what expires.</summary>
internal sealed partial class RecordModel
{
    private IEnumerable<Saved> Kept() => new[]
    {
        this[Mode.Password, Slot.Current], this[Mode.Oauth, Slot.Current], this[Mode.Oauth, Slot.Candidate], this[Mode.ClientCredentials, Slot.Current],
    }.OfType<Saved>();

    private object? Want(DateTimeOffset now)
    {
        if (Serving is null || now < wanted + TimeSpan.FromHours(6))
            return null;
        wanted = now;
        return WriteResult.None;
    }

    // One question at a time, and each later than the last by twice as much, from a minute to a quarter of an hour, until nobody has asked for half an hour.
    private object? Reject(long revision, DateTimeOffset now)
    {
        var busy = Serving is { Call: not null } or { SessionDead: true } || (Serving is { } serving && CallTime(serving) <= now);
        if (revision != Nodes.Revision || Serving?.Session is null || busy || now < asked + wait)
            return null;
        Ask(now);
        Serving.CheckTime = now;
        return WriteResult.None;
    }

    private void Ask(DateTimeOffset now)
    {
        wait = asked is null || now >= asked + (30 * Minute) ? Minute : wait + wait > 15 * Minute ? 15 * Minute : wait + wait;
        (asked, replaced) = (now, false);
    }

    // A new session because the host of the old one is lost: one for each question, and where there is none it is one itself.
    private void Replace(DateTimeOffset now)
    {
        if (asked is null || now >= asked + wait)
            Ask(now);
        replaced = true;
    }

    /// <summary>The time of this credential's next automatic call; null: never.</summary>
    public DateTimeOffset? CallTime(Saved credential)
    {
        if (credential.Call is not null)
            return null;
        DateTimeOffset? renewal = null;
        if (credential is { Stopped: false, RenewTime: { } time })
        {
            var inUse = credential == Serving && (credential.SessionDead || time <= wanted + TimeSpan.FromHours(30));
            var daily = credential.GrantUsed + TimeSpan.FromHours(24);
            if (inUse || credential.Doubt is not null)
                renewal = time;
            else if (credential.Refresh is not null)
                renewal = time > daily ? time : daily;
        }
        return renewal is null || credential.CheckTime < renewal ? credential.CheckTime ?? renewal : renewal;
    }

    private object? Claim(long? id, bool forLostHost, Moment at)
    {
        if (forLostHost && replaced && at.Now < asked + wait)
            return null;
        var due = id is null
            ? Kept().FirstOrDefault(one => CallTime(one) <= at.Now)
            : Kept().FirstOrDefault(one => one.Id == id && one.Refresh is not null && one.Call is null && !(one.Stopped && one.Doubt is not null));
        if (due is null)
            return null;
        var step = id is null && due.CheckTime <= at.Now ? "Check" : due.Doubt is not null ? "Introspect" : "Renew";
        due.Call = (at.Rev, step, at.Now + Minute, at.Rev);
        if (forLostHost && step == "Renew")
            Replace(at.Now);
        return WriteResult.Pending;
    }

    private object? TakeSettings(DateTimeOffset since, DateTimeOffset now)
    {
        var waiting = Kept()
            .Where(one => one is { Stopped: false, Call: null, Why: { Class: FailureClass.ServiceConfiguration, Time: var time } } && time < since).ToList();
        waiting.ForEach(one => one.RenewTime = now);
        return waiting.Count == 0 ? null : WriteResult.None;
    }

    private object? FinishRenewal(Command.FinishRenewal finish, Moment at)
    {
        var called = Kept().FirstOrDefault(one => one.Call?.Attempt == finish.Attempt || one.Doubt == finish.Attempt);
        if (called is null)
            return null;
        var late = called.Call?.Attempt != finish.Attempt;
        var call = late ? (finish.Attempt, Step: "Renew", at.Now + Minute, at.Rev) : called.Call!.Value;
        called.Call = null;
        switch (finish.Answer)
        {
            case RenewalAnswer.Renewed renewed:
                if (called.Refresh is not null)
                    (called.Refresh, called.GrantUsed) = (renewed.RefreshToken?.Reveal() ?? called.Refresh, at.Now);
                Take(called, renewed.Session, at.Now);
                break;
            case RenewalAnswer.NotRenewed failed:
                NotRenewed(called, failed, call, at);
                break;
            case RenewalAnswer.TokenLives:
                (called.Doubt, called.RenewTime) = (null, at.Now);
                break;
            case RenewalAnswer.TokenIsDead:
                Failed(called, FailureClass.OutcomeUnknown, at.Now);
                called.Stopped = true;
                AskAfter(called, at.Now);
                break;
            case RenewalAnswer.SessionLives:
                called.CheckTime = null;
                break;
            case RenewalAnswer.SessionIsDead:
                called.CheckTime = null;
                // Nobody is going to renew what is stopped.
                (called.SessionDead, called.Session) = called.Stopped ? (false, null) : (true, called.Session);
                called.RenewTime = at.Now;
                break;
            case RenewalAnswer.HostIsLost when !called.Stopped:
                (called.CheckTime, called.RenewTime) = (null, at.Now);
                if (CallTime(called) <= at.Now)
                    Replace(at.Now);
                break;
            case RenewalAnswer.Unclear unclear when call.Step == "Introspect":
                Postponed(called, unclear.Failure.Class, at.Now);
                break;
            default:
                Drawn = (state => UpkeepOf(state, called).CheckTime!.Value, at.Now + (10 * Minute), at.Now + (15 * Minute), time => called.CheckTime = time);
                break;
        }
        return WriteResult.None;
    }

    private void NotRenewed(Saved called, RenewalAnswer.NotRenewed failed, (long Attempt, string Step, DateTimeOffset End, long Since) call, Moment at)
    {
        if (failed.Unwanted is { } unwanted)
            Retiring.Add(new(Mode.Oauth, at.Rev, unwanted.Reveal(), called.Ids!, at.Now, at.Now + Patience, 0));
        if (failed.Next is not null)
        {
            // The next token, and no session: there is nothing to find out.
            Postponed(called, failed.Failure.Class, at.Now);
            (called.Refresh, called.Stopped, called.Doubt) = (failed.Next.Reveal(), false, null);
            return;
        }
        if (failed.Fate == GrantFate.Unknown && called.Refresh is not null)
        {
            // Nobody asks for a minute.
            Failed(called, failed.Failure.Class, at.Now);
            called.Call = call;
            return;
        }
        Postponed(called, failed.Failure.Class, at.Now);
        called.Stopped |= failed.Fate == GrantFate.Dead;
        // The one presented is spent: it must not be tried again, not even by a person's test.
        if (failed.Unwanted is not null)
            called.Doubt = call.Attempt;
        if (failed.Fate == GrantFate.Dead && called.Refresh is not null)
            AskAfter(called, at.Now);
    }

    // Whether the session has died with the grant.
    private static void AskAfter(Saved called, DateTimeOffset now)
    {
        if (called.Session is not null && called.SessionEnd > now)
            called.CheckTime = now;
    }

    private void Postponed(Saved called, FailureClass why, DateTimeOffset now)
    {
        var wait = Wait(called.Failures, 10);
        Drawn = (state => UpkeepOf(state, called).RenewTime!.Value, now + wait, now + (1.5 * wait), time => called.RenewTime = time);
        Failed(called, why, now);
    }

    private static void Failed(Saved called, FailureClass why, DateTimeOffset now)
    {
        called.Failures++;
        called.Why = (why, now);
        (called.Session, called.SessionDead) = (called.SessionDead ? null : called.Session, false);
    }

    private object? Expire(long ripeRev, DateTimeOffset now)
    {
        var changed = false;
        var testEnds = running?.Attempt <= ripeRev;
        if (testEnds)
        {
            this[running!.Value.Mode, running.Value.Slot]!.LastTest = "OutcomeUnknown";
            (running, changed) = (null, true);
        }
        // Two requests that wait end one after the other.
        if (setup is not null && (setup.Attempt is { } exchange ? exchange <= ripeRev : setup.End <= now) && !(testEnds && setup.Attempt is not null))
        {
            EndSetup(setup.Attempt is null ? "Expired" : "Used", setup.Attempt is null ? FailureClass.NeedsSetup : FailureClass.OutcomeUnknown);
            changed = true;
        }
        foreach (var one in Kept().Where(one => one.Call?.Since <= ripeRev))
        {
            var (attempt, step, _, _) = one.Call!.Value;
            (one.Call, changed) = (null, true);
            if (step != "Renew")
                continue;
            one.RenewTime = now;
            one.Why = one.Refresh is null ? (FailureClass.OutcomeUnknown, now) : one.Why ?? (FailureClass.OutcomeUnknown, now);
            if (one.Refresh is not null)
                one.Doubt = attempt;
        }
        if (Serving is { Session: not null } serving && serving.SessionEnd <= now && Nodes.Revision <= ripeRev)
        {
            (serving.Session, serving.SessionDead, serving.CheckTime) = (null, false, null);
            changed = true;
        }
        return changed ? WriteResult.None : null;
    }

    // Every grant may have been presented since, or is being presented now. The presenter is known only if the record contains a renewal.
    private object Heal(Moment at)
    {
        foreach (var one in Granted())
        {
            one.Doubt = one.Call is { Step: "Renew" } call ? call.Attempt : one.Doubt ?? at.Rev;
            (one.Call, one.RenewTime) = ((one.Doubt.Value, "Renew", at.Now + Minute, at.Rev), at.Now);
            one.Why ??= (FailureClass.OutcomeUnknown, at.Now);
        }
        return WriteResult.None;
    }
}
