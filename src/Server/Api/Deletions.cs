using Google.Protobuf;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Rules;
using GrpcCreds.V1;
using Grpc.Core;
using Mode = GrpcCreds.Server.Tenants.Model.Mode;
using Outcome = GrpcCreds.V1.Outcome;

namespace GrpcCreds.Server.Api;

/// <summary>The deletions after which Salesforce has something to revoke.</summary>
internal sealed class Deletions(Writes writes, TenantRecords tenantRecords, StatusMapper status, TimeProvider clock)
{
    private static readonly TimeSpan RevocationPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Deletes a mode's credentials and waits up to 5 s for the revocations. The service starts them at once and retries them for a day.
    /// </summary>
    /// <returns>The result, how the revocations stand (null if there was nothing to revoke), and the tenant's status.</returns>
    public async Task<(V1.WriteResult Result, Outcome? Revocation, CredentialStatus Status)> DeleteAsync<T>(
        T request, Mode mode, bool allowActive, ServerCallContext context)
        where T : ITenantWriteRequest, IMessage
    {
        var applied = await writes.SendAsync(request, context, common => new Command.Delete
        {
            Mode = mode, Etag = common.Etag, RequestId = common.RequestId, By = common.By, AllowActive = allowActive,
        });
        var result = Writes.ResultOf(applied);
        bool Retires(TenantRecord record) => record.Retiring.Any(retiring => retiring.Mode == mode);
        // For a repeated request this is no longer known exactly.
        var hadGrants = applied is Applied.Done done ? Retires(done.State) : result == Tenants.Model.WriteResult.Removed;
        var snapshot = await writes.AnswerAsync(applied, TenantId.Parse(request.TenantId), context.CancellationToken);
        for (var started = clock.GetTimestamp(); Retires(snapshot.Record) && clock.GetElapsedTime(started) < RevocationPatience;)
        {
            await Task.Delay(Pause, clock, context.CancellationToken);
            snapshot = await tenantRecords.ReadAsync(snapshot.Tenant, context.CancellationToken);
        }
        Outcome? revocation = !hadGrants ? null : Retires(snapshot.Record) ? Outcome.Pending : Outcome.Succeeded;
        return ((V1.WriteResult)result, revocation, await status.MapAsync(snapshot, context.CancellationToken));
    }
}
