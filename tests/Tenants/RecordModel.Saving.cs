using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Tests.Tenants;

/// <summary>Passwords, apps and ids that are saved.</summary>
internal sealed partial class RecordModel
{
    private object SetPassword(Command.SetPassword set, Moment at)
    {
        var old = this[Mode.Password, Slot.Candidate] ?? this[Mode.Password, Slot.Current];
        var lacks = old is null && (set.Username is null || set.Password is null);
        var tokenMissing = set.Password is not null && set.SecurityToken is null;
        var moved = old is not null && set.Password is null && set.UseSandbox is { } sandbox && sandbox != old.Sandbox;
        if (lacks || tokenMissing || moved)
            return Reason.InvalidFields;
        if (set.TestFirst && running is { Mode: not Mode.Password })
            return Reason.TestInProgress;
        CancelTest(Mode.Password);
        Put(Mode.Password, Slot.Candidate, new Saved
        {
            Id = at.Rev,
            Sandbox = set.UseSandbox ?? old?.Sandbox ?? false,
            Login = (set.Username ?? old!.Login!.Value.User, set.Password?.Reveal() ?? old!.Login!.Value.Password,
                set.SecurityToken?.Reveal() ?? old!.Login!.Value.Token),
        });
        if (!set.TestFirst)
            return WriteResult.Staged;
        return BeginTest(Mode.Password, Slot.Candidate, activates: true, at);
    }

    private object SetApp(Command.SetClientCredentials set, Moment at)
    {
        var old = this[Mode.ClientCredentials, Slot.Candidate] ?? this[Mode.ClientCredentials, Slot.Current];
        var (oldDomain, oldOrg) = old?.Login!.Value.Token.Split(' ') is [var domain, var org] ? (domain, org) : (null, null);
        var moved = old is not null && set.UseSandbox is { } other && other != old.Sandbox;
        var lacks = (old is null || moved) && (set.ConsumerKey is null || set.ConsumerSecret is null || set.MyDomain is null);
        var otherKey = old is not null && set.ConsumerSecret is null && set.ConsumerKey is { } key && key != old.Login!.Value.User;
        var orgMissing = moved && set.OrgId is null && oldOrg is not "";
        var sandbox = set.UseSandbox ?? old?.Sandbox ?? false;
        // The name of the My Domain says where the app is.
        var contradicts = (set.UseSandbox is not null || set.MyDomain is not null)
            && (set.MyDomain ?? oldDomain)?.Contains(".sandbox.", StringComparison.Ordinal) != sandbox;
        if (lacks || otherKey || orgMissing || contradicts)
            return Reason.InvalidFields;
        if (set.TestFirst && running is { Mode: not Mode.ClientCredentials })
            return Reason.TestInProgress;
        CancelTest(Mode.ClientCredentials);
        // The user is learned by a test of exactly these values.
        Put(Mode.ClientCredentials, Slot.Candidate, new Saved
        {
            Id = at.Rev,
            Sandbox = sandbox,
            Login = (set.ConsumerKey ?? old!.Login!.Value.User, set.ConsumerSecret?.Reveal() ?? old!.Login!.Value.Password,
                $"{set.MyDomain ?? oldDomain} {set.OrgId ?? oldOrg}"),
        });
        return set.TestFirst ? BeginTest(Mode.ClientCredentials, Slot.Candidate, activates: true, at) : WriteResult.Staged;
    }

    private object ResetIds(OAuthFields fields, Moment at) => (this[Mode.Oauth, Slot.Candidate], this[Mode.Oauth, Slot.Current]) switch
    {
        (null, null) => Reason.NothingToSetUp,
        ({ OnSetup: "activate" }, _) => SetIds(fields, "activate", at),
        _ => SetIds(fields, "replace", at),
    };

    private object SetIds(OAuthFields fields, string onSetup, Moment at)
    {
        var candidate = this[Mode.Oauth, Slot.Candidate];
        var old = candidate ?? this[Mode.Oauth, Slot.Current];
        var moved = old is not null && fields.UseSandbox is { } sandbox && sandbox != old.Sandbox;
        if ((old is null || moved) && (fields.OrgId is null || fields.UserId is null))
            return Reason.InvalidFields;
        CancelTest(Mode.Oauth);
        EndSetup("Superseded", FailureClass.NeedsSetup);
        RetireGrantOf(candidate, at.Now);
        Put(Mode.Oauth, Slot.Candidate, new Saved
        {
            Id = at.Rev,
            Sandbox = fields.UseSandbox ?? old?.Sandbox ?? false,
            Ids = new(fields.OrgId ?? old!.Ids!.OrgId, fields.UserId ?? old!.Ids!.UserId),
            OnSetup = onSetup,
        });
        return onSetup == "wait" ? WriteResult.Staged : WriteResult.WaitingForSetup;
    }

    // Somebody has said something else since.
    private void DropWish()
    {
        if (this[Mode.Oauth, Slot.Candidate] is { OnSetup: "activate" } candidate)
            candidate.OnSetup = "wait";
    }
}
