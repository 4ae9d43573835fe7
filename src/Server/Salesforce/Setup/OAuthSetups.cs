using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Salesforce.Results;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Rules;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Salesforce.Setup;

/// <summary>
/// Finds the OAuth setup that a state belongs to, and completes it. The commit that takes the setup out is durable before the code is sent; after that, the
/// result is saved or revoked, whether or not the caller still waits.
/// </summary>
internal sealed class OAuthSetups(
    TenantRecords tenantRecords,
    OAuthClient oauth,
    ResultCommitter answers,
    CheckReport report,
    InFlightWork inFlight,
    IOptions<SalesforceOptions> options,
    TimeProvider clock)
{
    /// <summary>The exchange (20 s), the user info and the API probe (10 s each) end before the claim does only if they start soon.</summary>
    private static readonly TimeSpan MaxClaimAge = TimeSpan.FromSeconds(5);

    /// <summary>The tenant's record if this state belongs to an open setup of the tenant; otherwise null.</summary>
    public async Task<TenantRecord?> FindAsync(OAuthState state, CancellationToken cancellationToken)
    {
        var snapshot = await tenantRecords.ReadAsync(state.Tenant, cancellationToken);
        return !snapshot.IsUnreadable && snapshot.Record.Setup is { Completion: null } setup
            && setup.StateHash == state.Hash && setup.ExpireTime > clock.GetUtcNow()
            ? snapshot.Record
            : null;
    }

    /// <summary>The URL of Salesforce's sign-in page for an open setup.</summary>
    public Uri AuthorizationUrl(TenantRecord record, OAuthState state)
    {
        var setup = record.Setup!;
        var credential = record.OAuth[setup.Slot]!;
        return oauth.AuthorizationUrl(credential.UseSandbox, credential.MyDomain, state.Value.Reveal(), setup.CodeVerifier);
    }

    /// <summary>Completes a setup with a code, or with the error Salesforce returned instead (then <paramref name="code"/> is null).</summary>
    public async Task<Applied> CompleteAsync(
        TenantId tenant, Command.CompleteSetup command, Secret? code, Origin origin, RequestKey request, CancellationToken cancellationToken)
    {
        var claimedAt = clock.GetTimestamp();
        var applied = await tenantRecords.ApplyAsync(tenant, command, origin, request, cancellationToken);
        return applied switch
        {
            Applied.Done { Result: WriteResult.Pending } claimed =>
                await inFlight.Run(() => ExchangeAsync(claimed.State, claimedAt, code!, origin)).WaitAsync(cancellationToken),
            Applied.Known { Result: WriteResult.Pending } pending =>
                await PendingRequest.ResultAsync(tenantRecords, tenant, request, pending, clock, cancellationToken),
            _ => applied,
        };
    }

    private async Task<Applied> ExchangeAsync(TenantRecord claimed, long claimedAt, Secret code, Origin origin)
    {
        var setup = claimed.Setup!;
        var credential = claimed.OAuth[setup.Slot]!;
        var loginUrl = options.Value.LoginBaseUrl(credential.UseSandbox, credential.MyDomain).GetLeftPart(UriPartial.Authority);
        var verdict = await oauth.ExchangeAsync(
            loginUrl, code, setup.CodeVerifier, credential.Identity, credential.UseSandbox, maySend: () => clock.GetElapsedTime(claimedAt) < MaxClaimAge);
        var finished = await answers.KeepAsync(claimed.Tenant, new Command.FinishSetup(setup.Completion!.Attempt, loginUrl, verdict), origin);
        if (finished is Applied.Done)
            report.Tell(claimed.Tenant, Mode.Oauth, verdict.Checks, verdict.Failure);
        if (finished is Applied.Refused && verdict.RefreshToken is { } orphan)
            await answers.KeepAsync(claimed.Tenant, new Command.Retire(orphan, loginUrl, credential.Identity), Origin.Service("RETIRE"));
        return finished;
    }
}
