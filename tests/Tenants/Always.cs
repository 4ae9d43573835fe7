using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>Invariants of every commit in a tenant's history, independent of the model.</summary>
internal sealed class Always
{
    private readonly Tokens tokens = new();
    private readonly HashSet<string> acceptedStates = [];

    public void Holds(TenantRecord before, Command command, TenantRecord after, WriteResult result, Moment at)
    {
        Numbers(before, command, after, result, at);
        Places(after);
        Setups(command, after, result);
        tokens.NoneIsLostAndNoneComesBack(before, command, after);
    }

    private static void Numbers(TenantRecord before, Command command, TenantRecord after, WriteResult result, Moment at)
    {
        Assert.Equal(at.Rev, after.Rev);
        Assert.Equal(command is Command.Heal || PublishedState.By(before) != PublishedState.By(after), after.Revision != before.Revision);
        Assert.True(after.Revision == before.Revision || after.Revision == at.Rev);
        var settles = command is Command.Write || result == WriteResult.Activated || (command is Command.FinishSetup && result == WriteResult.Staged);
        Assert.Equal(settles ? at.Rev : before.Etag, after.Etag);
    }

    private static void Places(TenantRecord after)
    {
        Assert.True(after.ActiveMode is Mode.Off || after.Active is PasswordCredential or OAuthCredential { Grant: not null },
            "an active mode has a current credential, and OAuth a grant");
        var told = PublishedState.By(after).Session;
        Assert.True(told is null || told == after.Active!.Renewal.Session, "nodes are told the session of the credential in force");
        Assert.True(told is null || told != after[after.ActiveMode, Slot.Candidate]?.Renewal.Session, "a candidate never serves");
        Assert.Equal(SessionRenewal.None, after.Password.Candidate?.Renewal ?? SessionRenewal.None);
        Assert.True(after.ActiveMode == Mode.Password || after.Password.Current?.Renewal is null or { Session: null, Claim: null },
            "a password that does not serve has no session");
        Assert.All(new[] { after.OAuth.Current, after.OAuth.Candidate },
            one => Assert.True(one is null or { Grant: not null } || one.Renewal == SessionRenewal.None, "no grant, no session"));
        Assert.True(after.OAuth.Candidate is null or { Grant: null } or { OnSetup: OnSetup.Wait }, "who has its grant and wished to serve, serves");
    }

    // A state is accepted once, and an open setup has a credential for its grant.
    private void Setups(Command command, TenantRecord after, WriteResult result)
    {
        if (command is Command.CompleteSetup complete)
            Assert.True(acceptedStates.Add(complete.StateHash), $"a state is accepted once, not again with {result}");
        if (after.Setup is { } setup)
            Assert.Equal(setup.CredentialId, after.OAuth[setup.Slot]?.CredentialId);
        if (after.Test is { } test)
            Assert.Equal(test.CredentialId, after[test.Mode, test.Slot]?.CredentialId);
    }
}
