using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Salesforce.Results;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Renewal;

/// <summary>
/// Revokes retiring grants at Salesforce. A token that is already gone counts as success, so no claim is needed: two servers may do it at once.
/// </summary>
internal sealed partial class Revocations(
    TenantRecords tenantRecords, OAuthClient oauth, HostLimiter limiter, ResultCommitter answers, TimeProvider clock, ILogger<Revocations> log)
{
    /// <summary>Revokes all of a tenant's grants that are due.</summary>
    /// <exception cref="OperationCanceledException">The server is stopping, and a revocation has not begun.</exception>
    public async Task RevokeDueAsync(TenantId tenant, CancellationToken stoppingToken)
    {
        var record = (await tenantRecords.ReadAsync(tenant, CancellationToken.None)).Record;
        foreach (var grant in record.Retiring.Where(grant => grant.RevokeTime <= clock.GetUtcNow()))
            await RevokeAsync(tenant, grant, stoppingToken);
    }

    private async Task RevokeAsync(TenantId tenant, RetiringGrant grant, CancellationToken stoppingToken)
    {
        using var permit = await limiter.EnterAsync(grant.LoginUrl, HostLimiter.Patience, stoppingToken);
        if (permit is null)
            return;
        var failure = await oauth.RevokeAsync(grant.LoginUrl, grant.Token, CancellationToken.None);
        permit.Report(failure);
        if (failure is not null && clock.GetUtcNow() >= grant.GiveUpTime)
            Log.GivenUp(log, tenant, grant.Identity.OrgId, grant.Identity.UserId, failure.Class);
        await answers.CommitAsync(tenant, new Command.FinishRevocation(grant.GrantId, failure) { Mode = grant.Mode }, Origin.Service("REVOKE"));
    }

    private static partial class Log
    {
        [LoggerMessage(
            450,
            LogLevel.Error,
            "A grant of tenant {Tenant} (org {Org}, user {User}) could not be revoked for 24 h: {Failure}. Revoke it in Salesforce: Setup, Connected "
                + "Apps OAuth Usage")]
        public static partial void GivenUp(ILogger logger, TenantId tenant, string org, string user, FailureClass failure);
    }
}
