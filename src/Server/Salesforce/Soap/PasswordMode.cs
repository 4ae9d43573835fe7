using GrpcCreds.Server.Salesforce.Dialogues;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Soap;

/// <summary>Password mode: each new session is a new login, under the protection of the user's account.</summary>
internal sealed class PasswordMode(Logins logins, SalesforceClient salesforce) : IModeSessions, IModeTest
{
    public Mode Mode => Mode.Password;

    public async Task<RenewalAnswer> RenewAsync(TenantRecord claimed, Credential credential, Func<bool> maySend)
    {
        var verdict = await logins.RenewAsync((PasswordCredential)credential, maySend);
        return verdict.Failure is { } failure
            ? new RenewalAnswer.NotRenewed(failure, failure.EndsLogins ? GrantFate.Dead : GrantFate.Kept)
            : new RenewalAnswer.Renewed(verdict.Session!);
    }

    public Task<SessionCheck> CheckAsync(SalesforceSession session) => salesforce.CheckSessionAsync(session, CancellationToken.None);

    // Activation accepts the org and user that the login reaches; a test alone checks that these are still the same.
    public async Task<TestOutcome> RunAsync(TenantRecord claimed, Func<bool> maySend)
    {
        var test = claimed.Test!;
        var credential = claimed.Password[test.Slot]!;
        var (verdict, retryAfter) = await logins.TestAsync(
            credential, client => client.CheckAccessAsync(credential, test.Activates ? null : credential.Identity, maySend));
        return new(verdict, retryAfter);
    }
}
