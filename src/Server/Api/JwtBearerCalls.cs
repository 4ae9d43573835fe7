using Grpc.Core;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Api.Validation;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.JwtBearer;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Rules;
using GrpcCreds.V1;
using Microsoft.Extensions.Options;
using Mode = GrpcCreds.Server.Tenants.Model.Mode;

namespace GrpcCreds.Server.Api;

/// <summary>The calls for JWT bearer: a set may have to make a key before its command is applied.</summary>
internal sealed class JwtBearerCalls(
    Writes writes, Deletions deletions, SigningKeys keys, TenantRecords tenantRecords, StatusMapper status, IOptions<SalesforceOptions> salesforce)
{
    private readonly SetJwtBearerCredentialValidator validator = new(salesforce.Value);
    private readonly DeleteJwtBearerCredentialValidator deleteValidator = new();

    /// <param name="request">The request.</param>
    /// <param name="missing">Finds missing fields in the tenant's record, for a request that is invalid anyway.</param>
    /// <param name="context">The call.</param>
    public async Task<SetJwtBearerCredentialResponse> SetAsync(
        SetJwtBearerCredentialRequest request, Func<Func<TenantRecord, IReadOnlyList<FieldViolation>>, Task<IReadOnlyList<FieldViolation>>> missing,
        ServerCallContext context)
    {
        var set = Of(request);
        await validator.CheckAsync(request, () => missing(record => JwtBearerRules.Missing(set, Kept(record))));
        var key = await KeyAsync(request, set, context.CancellationToken);
        var (result, snapshot) = await writes.ApplyAsync(
            request, context, common => set with { Etag = common.Etag, RequestId = common.RequestId, By = common.By, Key = key });
        return new()
        {
            Result = (V1.WriteResult)result,
            Status = await status.MapAsync(snapshot, context.CancellationToken),
            Certificate = Kept(snapshot.Record) is { } saved ? JwtBearerView.Of(saved.Key) : null,
        };
    }

    public async Task<DeleteJwtBearerCredentialResponse> DeleteAsync(DeleteJwtBearerCredentialRequest request, ServerCallContext context)
    {
        deleteValidator.Check(request);
        var (result, revocation, tenant) = await deletions.DeleteAsync(request, Mode.JwtBearer, request.AllowActive, context);
        var response = new DeleteJwtBearerCredentialResponse { Result = result, Status = tenant };
        if (revocation is { } outcome)
            response.Revocation = outcome;
        return response;
    }

    // A set that is refused for a missing field needs none. If the request is a repeat, the key is not used.
    private async Task<SigningKey?> KeyAsync(SetJwtBearerCredentialRequest request, Command.SetJwtBearer set, CancellationToken cancellationToken)
    {
        var tenant = TenantId.Parse(request.TenantId);
        var snapshot = await tenantRecords.ReadAsync(tenant, cancellationToken);
        if (snapshot.IsUnreadable || !JwtBearerRules.NeedsKey(set, Kept(snapshot.Record)) || JwtBearerRules.Missing(set, Kept(snapshot.Record)).Count > 0)
            return null;
        return await keys.MakeAsync(
            tenant, request.HasCertificateValidityDays ? request.CertificateValidityDays : SigningKeys.DefaultDays, cancellationToken);
    }

    private static JwtBearerCredential? Kept(TenantRecord record) => record.JwtBearer.Candidate ?? record.JwtBearer.Current;

    private static Command.SetJwtBearer Of(SetJwtBearerCredentialRequest request) => new()
    {
        RequestId = default,
        By = "",
        ConsumerKey = request.HasConsumerKey ? request.ConsumerKey : null,
        Username = request.HasUsername ? request.Username : null,
        MyDomain = request.HasMyDomain ? request.MyDomain : null,
        UseSandbox = request.HasUseSandbox ? request.UseSandbox : null,
        OrgId = request.HasOrgId ? SalesforceId.OfOrg(request.OrgId) ?? "" : null,
        NewKey = request.NewKey,
        NamesValidity = request.HasCertificateValidityDays,
        TestFirst = request.Activation != Activation.Staged,
    };
}
