using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Tests.Tenants;

/// <summary>Grants on their way out.</summary>
internal sealed partial class RecordModel
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(24);

    public List<Leaving> Retiring { get; } = [];

    public sealed record Leaving(Mode Mode, long Id, string Token, SalesforceIdentity Ids, DateTimeOffset Next, DateTimeOffset End, int Failures);

    private void RetireGrantOf(Saved? credential, DateTimeOffset from)
    {
        if (credential?.Refresh is { } token)
            Retiring.Add(new(Mode.Oauth, credential.GrantId, token, credential.Ids!, from, from + Patience, 0));
    }

    private void RetireTokenOf(Saved? credential, SalesforceIdentity? owner, Moment at, DateTimeOffset from)
    {
        if (credential?.Session is { } token)
            Retiring.Add(new(Mode.ClientCredentials, at.Rev, token, owner!, from, from + Patience, 0));
    }

    private object RetireOrphan(Command.Retire retire, Moment at)
    {
        Retiring.Add(new(retire.Mode, at.Rev, retire.Token.Reveal(), retire.Identity, at.Now, at.Now + Patience, 0));
        return WriteResult.None;
    }

    private void HastenRevocations(Mode mode, DateTimeOffset now)
    {
        for (var i = 0; i < Retiring.Count; i++)
            Retiring[i] = Retiring[i].Mode == mode && Retiring[i].Next > now ? Retiring[i] with { Next = now } : Retiring[i];
    }

    private object? FinishRevocation(Command.FinishRevocation finish, DateTimeOffset now)
    {
        if (Retiring.Find(leaving => leaving.Id == finish.GrantId && leaving.Mode == finish.Mode) is not { } tried)
            return null;
        Retiring.Remove(tried);
        if (finish.Failure is null)
        {
            foreach (var credential in Granted().Append(this[Mode.ClientCredentials, Slot.Current]).OfType<Saved>().Where(
                credential => credential.Ids == tried.Ids && credential.Session is not null && !credential.Stopped))
                credential.CheckTime = now;
        }
        else if (now < tried.End)
        {
            Retiring.Add(tried with { Failures = tried.Failures + 1 });
            var wait = Wait(tried.Failures, 20);
            Drawn = (state => state.Retiring.Single(one => one.GrantId == tried.Id && one.Mode == tried.Mode).RevokeTime,
                now + wait, now + (1.5 * wait), time => Retiring[^1] = Retiring[^1] with { Next = time });
        }
        return WriteResult.None;
    }

    // 1, 2, 4 … minutes, and up to half as much again.
    private static TimeSpan Wait(int failuresBefore, int longest) => TimeSpan.FromMinutes(Math.Min(longest, Math.Pow(2, failuresBefore)));

    private IEnumerable<Saved> Granted() =>
        new[] { this[Mode.Oauth, Slot.Current], this[Mode.Oauth, Slot.Candidate] }.OfType<Saved>().Where(one => one.Refresh is not null);
}
