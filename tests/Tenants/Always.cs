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
        Verdicts(before, command, after);
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
        Assert.True(
            after.ActiveMode is Mode.Off
                || after.Active is PasswordCredential or OAuthCredential { Grant: not null } or ClientCredential { Identity: not null },
            "an active mode has a current credential, OAuth a grant, and client credentials the user that was accepted");
        var told = PublishedState.By(after).Session;
        Assert.True(told is null || told == after.Active!.Renewal.Session, "nodes are told the session of the credential in force");
        Assert.True(told is null || told != after[after.ActiveMode, Slot.Candidate]?.Renewal.Session, "a candidate never serves");
        foreach (var mode in new[] { Mode.Password, Mode.ClientCredentials })
        {
            Assert.Equal(SessionRenewal.None, after[mode, Slot.Candidate]?.Renewal ?? SessionRenewal.None);
            Assert.True(after.ActiveMode == mode || after[mode, Slot.Current]?.Renewal is null or { Session: null, Claim: null },
                $"{mode} has no session unless it serves");
        }
        Assert.True(after.ClientCredentials.Current is not { Renewal.Session: { } session } app || session.Identity == app.Identity,
            "an app's token is of the user that was accepted");
        Assert.All(new[] { after.OAuth.Current, after.OAuth.Candidate },
            one => Assert.True(one is null or { Grant: not null } || one.Renewal == SessionRenewal.None, "no grant, no session"));
        Assert.True(after.OAuth.Candidate is null or { Grant: null } or { OnSetup: OnSetup.Wait }, "who has its grant and wished to serve, serves");
    }

    // A verdict counts only for the credential that was tested, and only a test says whose token an app gets.
    private static void Verdicts(TenantRecord before, Command command, TenantRecord after)
    {
        var known = Modes.Places.Select(place => before[place.Mode, place.Slot]).OfType<Credential>().ToDictionary(one => one.CredentialId);
        foreach (var (mode, slot) in Modes.Places)
        {
            if (after[mode, slot] is not { } credential)
                continue;
            var earlier = known.GetValueOrDefault(credential.CredentialId);
            var isTested = command is Command.FinishTest && before.Test?.CredentialId == credential.CredentialId;
            if (command is Command.FinishTest && !isTested)
                Assert.Equal(earlier?.LastTest, credential.LastTest);
            if (!isTested)
                Assert.Equal((earlier as ClientCredential)?.Identity, (credential as ClientCredential)?.Identity);
        }
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
