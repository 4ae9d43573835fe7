using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Credentials;

namespace GrpcCreds.Server.Salesforce;

/// <summary>
/// Has Salesforce revoke what is retiring. That a token is gone already is success, so it needs no claim: two servers at it do no harm.
/// </summary>
internal sealed partial class Revocations(Ledger ledger, OAuthClient oauth, Answers answers, TimeProvider clock, ILogger<Revocations> log)
{
    /// <summary>Revokes all grants of a tenant that are due.</summary>
    /// <returns>Whether nothing that is due is left.</returns>
    public async Task<bool> RevokeDueAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var record = (await ledger.ReadAsync(tenant, cancellationToken)).Record;
        var all = true;
        foreach (var grant in record.Retiring.Where(grant => grant.RevokeTime <= clock.GetUtcNow()))
            all &= await RevokeAsync(tenant, grant, cancellationToken);
        return all;
    }

    private async Task<bool> RevokeAsync(TenantId tenant, RetiringGrant grant, CancellationToken cancellationToken)
    {
        var failure = await oauth.RevokeAsync(grant.LoginUrl, grant.Token, cancellationToken);
        if (failure is not null && clock.GetUtcNow() >= grant.GiveUpTime)
            Log.GivenUp(log, tenant, grant.Identity.OrgId, grant.Identity.UserId, failure.Class);
        await answers.CommitAsync(tenant, new Command.FinishRevocation(grant.GrantId, failure), Origin.Service("REVOKE"));
        return failure is null;
    }

    private static partial class Log
    {
        [LoggerMessage(450, LogLevel.Error, "A grant of tenant {Tenant} (org {Org}, user {User}) could not be revoked for 24 h: {Failure}. Revoke it in Salesforce: Setup, Connected Apps OAuth Usage")]
        public static partial void GivenUp(ILogger logger, TenantId tenant, string org, string user, FailureClass failure);
    }
}
