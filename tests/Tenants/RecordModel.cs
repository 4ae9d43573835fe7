using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Tests.Tenants;

/// <summary>
/// What a tenant must look like after each command, told once more and more plainly than the rules do: as the table of the design reads, with
/// things that change in place. Sessions and grants are known by their tokens.
/// </summary>
internal sealed partial class RecordModel
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Dictionary<(Mode Mode, Slot Slot), Saved> saved = [];

    // The mode, or the cause of having none.
    private string force = "NotConfigured";
    private DateTimeOffset? wanted;
    private DateTimeOffset? asked;
    private TimeSpan wait;
    private bool replaced;

    /// <summary>The state sent to nodes, and the commit since which it applies.</summary>
    public (string Told, long Revision) Nodes { get; private set; } = ("NotConfigured", 0);

    public long Etag { get; private set; }

    /// <summary>The time that the last command drew at random, and its bounds; the test supplies the time that it found.</summary>
    public (Func<TenantRecord, DateTimeOffset> FoundIn, DateTimeOffset From, DateTimeOffset To, Action<DateTimeOffset> Take)? Drawn { get; private set; }

    public Saved? this[Mode mode, Slot slot] => saved.GetValueOrDefault((mode, slot));

    /// <summary>Carries a command out at a moment, or says which reason refuses it; null if there is nothing to do.</summary>
    public object? Apply(Command command, Moment at)
    {
        Drawn = null;
        if (command is Command.Request { Etag: { } given } && given != RecordRules.FormatEtag(Etag))
            return Reason.EtagMismatch;
        var result = command switch
        {
            Command.SetPassword set => SetPassword(set, at),
            Command.SetClientCredentials set => SetApp(set, at),
            Command.SetOAuth set => SetIds(set.Fields, set.TestFirst ? "activate" : "wait", at),
            Command.ResetOAuth reset => ResetIds(reset.Fields, at),
            Command.StartSetup start => StartSetup(start, at),
            Command.CompleteSetup complete => CompleteSetup(complete, at),
            Command.FinishSetup finish => FinishSetup(finish, at),
            Command.SetActiveMode { Mode: Mode.Off } => Off(at),
            Command.SetActiveMode activate => Activate(activate.Mode, at),
            Command.DiscardCandidate discard => Discard(discard.Mode, at),
            Command.Delete delete => Delete(delete.Mode, delete.AllowActive, at),
            Command.TestAccess test => Test(test, at),
            Command.FinishTest finish => FinishTest(finish, at),
            Command.Want => Want(at.Now),
            Command.Reject reject => Reject(reject.Revision, at.Now),
            Command.ClaimRenewal claim => Claim(claim.CredentialId, claim.ForLostHost, at),
            Command.TakeSettings settings => TakeSettings(settings.Since, at.Now),
            Command.FinishRenewal finish => FinishRenewal(finish, at),
            Command.Retire retire => RetireOrphan(retire, at),
            Command.FinishRevocation finish => FinishRevocation(finish, at.Now),
            Command.Expire expire => Expire(expire.RipeRev, at.Now),
            Command.Heal => Heal(at),
            _ => throw new ArgumentOutOfRangeException(nameof(command)),
        };
        if (result is not WriteResult done)
            return result;
        if (command is Command.Write || done == WriteResult.Activated || (command is Command.FinishSetup && done == WriteResult.Staged))
            Etag = at.Rev;
        var told = Told();
        if (told != Nodes.Told || command is Command.Heal)
            Nodes = (told, at.Rev);
        return done;
    }

    private string Told() => Serving switch
    {
        { Session: { } session } serving => $"Serving {force} {serving.Sandbox} {session} until {serving.SessionEnd:O}",
        { Refresh: not null, Stopped: true } => "ReauthorizationRequired",
        { } => "Suspended",
        null when force == "NotConfigured" && this[Mode.Oauth, Slot.Candidate] is { Refresh: null } => "SetupRequired",
        null => force,
    };

    private Saved? Serving => Enum.TryParse<Mode>(force, out var mode) ? this[mode, Slot.Current] : null;

    private void Put(Mode mode, Slot slot, Saved? credential)
    {
        if (credential is null)
            saved.Remove((mode, slot));
        else
            saved[(mode, slot)] = credential;
    }

    private object Off(Moment at)
    {
        (running, var wasOff) = (null, force is "SwitchedOff" or "Deleted");
        DropWish();
        if (wasOff)
            return WriteResult.Unchanged;
        PutInForce("SwitchedOff", at);
        return WriteResult.Activated;
    }

    private object Discard(Mode mode, Moment at)
    {
        if (this[mode, Slot.Candidate] is not { } candidate)
        {
            var stops = mode == Mode.Oauth && setup is not null;
            if (stops)
                EndSetup("Superseded", FailureClass.NeedsSetup);
            return stops ? WriteResult.Removed : WriteResult.Unchanged;
        }
        CancelTest(mode);
        Put(mode, Slot.Candidate, null);
        if (mode == Mode.Oauth)
        {
            RetireGrantOf(candidate, at.Now);
            EndSetup("Superseded", FailureClass.NeedsSetup);
        }
        return WriteResult.Removed;
    }

    private object Delete(Mode mode, bool allowActive, Moment at)
    {
        if (force == mode.ToString() && !allowActive)
            return Reason.CredentialInUse;
        var leaving = new[] { this[mode, Slot.Current], this[mode, Slot.Candidate] }.OfType<Saved>().ToList();
        CancelTest(mode);
        Put(mode, Slot.Current, null);
        Put(mode, Slot.Candidate, null);
        DropWish();
        if (mode == Mode.Oauth)
        {
            leaving.ForEach(one => RetireGrantOf(one, at.Now));
            EndSetup("Superseded", FailureClass.NeedsSetup);
        }
        if (mode == Mode.ClientCredentials)
            leaving.ForEach(one => RetireTokenOf(one, one.Ids, at, at.Now));
        HastenRevocations(mode, at.Now);
        if (force == mode.ToString())
            PutInForce("Deleted", at);
        return leaving.Count == 0 ? WriteResult.Unchanged : WriteResult.Removed;
    }

    // What is not in force has no session; only a grant keeps its own. Nodes may use an app's token for 10 more minutes.
    private void PutInForce(string next, Moment at)
    {
        force = next;
        foreach (var mode in new[] { Mode.Password, Mode.ClientCredentials })
        {
            if (next == mode.ToString() || this[mode, Slot.Current] is not { } idle)
                continue;
            if (mode == Mode.ClientCredentials)
                RetireTokenOf(idle, idle.Ids, at, at.Now + (10 * Minute));
            (idle.Session, idle.SessionDead, idle.CheckTime, idle.Call) = (null, false, null, null);
        }
    }
}
