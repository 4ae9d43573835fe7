using FluentValidation;
using Grpc.Core;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Api.Validation;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Limits;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Rollout;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Following;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Rules;
using GrpcCreds.Server.Watch;
using GrpcCreds.V1;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Api;

/// <summary>The contract's calls: each validates its request, calls the feature that does the work, and maps the result.</summary>
internal sealed class SyncCredentialsGrpcService(
    Writes writes, SetupCalls setups, JwtBearerCalls jwtBearer, Deletions deletions, TenantRecords tenantRecords, TenantList tenants, CurrentReader current,
    ActiveMessages messages, ActiveWatch activeWatch, StatusWatch statusWatch, StatusMapper status, Fleets fleets, NodeRegistry registry,
    Reports reports, Disclosures disclosures, AuditEvents audit, CallerLimits limits, ServiceMetrics metrics,
    IOptions<SalesforceOptions> salesforce)
    : SyncCredentials.SyncCredentialsBase
{
    private readonly IValidator<SetPasswordCredentialRequest> setPasswordCredential = new SetPasswordCredentialValidator(salesforce.Value);
    private readonly IValidator<SetClientCredentialsRequest> setClientCredentials = new SetClientCredentialsValidator(salesforce.Value);
    private readonly IValidator<SetOAuthCredentialRequest> setOAuthCredential = new SetOAuthCredentialValidator(salesforce.Value);
    private readonly IValidator<ResetOAuthRequest> resetOAuth = new ResetOAuthValidator(salesforce.Value);

    /// <summary>A watch of all tenants counts as at least this many tenants: more may be created while it is open.</summary>
    private const int LeastOfAll = 1_000;

    private const int DefaultPage = 50;
    private static readonly TimeSpan DefaultHeartbeat = TimeSpan.FromSeconds(15);

    public override async Task<SetPasswordCredentialResponse> SetPasswordCredential(SetPasswordCredentialRequest request, ServerCallContext context)
    {
        Command.SetPassword SetOf(Writes.Common common) => new()
        {
            Etag = common.Etag,
            RequestId = common.RequestId,
            By = common.By,
            Username = request.HasUsername ? request.Username : null,
            Password = request.HasPassword ? new Secret(request.Password) : null,
            SecurityToken = request.HasSecurityToken ? new Secret(request.SecurityToken) : null,
            UseSandbox = request.HasUseSandbox ? request.UseSandbox : null,
            MyDomain = request.HasMyDomain ? request.MyDomain : null,
            DeliverLogin = request.HasDeliverLogin ? request.DeliverLogin : null,
            TestFirst = request.Activation != Activation.Staged,
        };
        await setPasswordCredential.CheckAsync(
            request,
            () => MissingAsync(request, record => PasswordRules.Missing(SetOf(default), record.Password.Candidate ?? record.Password.Current), context));
        var (result, tenant) = await writes.RunAsync(request, context, SetOf);
        return new() { Result = result, Status = tenant };
    }

    public override async Task<SetOAuthCredentialResponse> SetOAuthCredential(SetOAuthCredentialRequest request, ServerCallContext context)
    {
        await setOAuthCredential.CheckAsync(
            request,
            () => MissingAsync(request, record => OAuthRules.Missing(OAuthFieldRules.Of(request), record.OAuth.Candidate ?? record.OAuth.Current), context));
        var (result, tenant) = await writes.RunAsync(request, context, common => new Command.SetOAuth
        {
            Etag = common.Etag,
            RequestId = common.RequestId,
            By = common.By,
            Fields = OAuthFieldRules.Of(request),
            TestFirst = request.Activation != Activation.Staged,
        });
        return new() { Result = result, Status = tenant };
    }

    public override async Task<ResetOAuthResponse> ResetOAuth(ResetOAuthRequest request, ServerCallContext context)
    {
        // Without a credential no field is missing: there is nothing to reset, and the call reports that once the other fields are valid.
        await resetOAuth.CheckAsync(
            request,
            () => MissingAsync(
                request,
                record => (record.OAuth.Candidate ?? record.OAuth.Current) is { } kept ? OAuthRules.Missing(OAuthFieldRules.Of(request), kept) : [],
                context));
        var (result, tenant) = await writes.RunAsync(request, context, common => new Command.ResetOAuth
        {
            Etag = common.Etag,
            RequestId = common.RequestId,
            By = common.By,
            Fields = OAuthFieldRules.Of(request),
        });
        return new() { Result = result, Status = tenant };
    }

    public override Task<StartOAuthSetupResponse> StartOAuthSetup(StartOAuthSetupRequest request, ServerCallContext context)
    {
        Validators.StartOAuthSetup.Check(request);
        return setups.StartAsync(request, context);
    }

    public override Task<CompleteOAuthSetupResponse> CompleteOAuthSetup(CompleteOAuthSetupRequest request, ServerCallContext context)
    {
        Validators.CompleteOAuthSetup.Check(request);
        return setups.CompleteAsync(request, context);
    }

    public override async Task<DeleteOAuthResponse> DeleteOAuth(DeleteOAuthRequest request, ServerCallContext context)
    {
        Validators.DeleteOAuth.Check(request);
        var (result, revocation, tenant) = await deletions.DeleteAsync(request, Tenants.Model.Mode.Oauth, request.AllowActive, context);
        var response = new DeleteOAuthResponse { Result = result, Status = tenant };
        if (revocation is { } outcome)
            response.Revocation = outcome;
        return response;
    }

    public override async Task<SetClientCredentialsResponse> SetClientCredentials(SetClientCredentialsRequest request, ServerCallContext context)
    {
        Command.SetClientCredentials SetOf(Writes.Common common) => new()
        {
            Etag = common.Etag,
            RequestId = common.RequestId,
            By = common.By,
            ConsumerKey = request.HasConsumerKey ? request.ConsumerKey : null,
            ConsumerSecret = request.HasConsumerSecret ? new Secret(request.ConsumerSecret) : null,
            MyDomain = request.HasMyDomain ? request.MyDomain : null,
            UseSandbox = request.HasUseSandbox ? request.UseSandbox : null,
            OrgId = request.HasOrgId ? SalesforceId.OfOrg(request.OrgId) ?? "" : null,
            RotateEvery = request.RotateEvery?.ToTimeSpan(),
            TestFirst = request.Activation != Activation.Staged,
        };
        await setClientCredentials.CheckAsync(
            request,
            () => MissingAsync(
                request,
                record => ClientCredentialsRules.Missing(SetOf(default), record.ClientCredentials.Candidate ?? record.ClientCredentials.Current),
                context));
        var (result, tenant) = await writes.RunAsync(request, context, SetOf);
        return new() { Result = result, Status = tenant };
    }

    public override async Task<RotateClientSecretResponse> RotateClientSecret(RotateClientSecretRequest request, ServerCallContext context)
    {
        Validators.RotateClientSecret.Check(request);
        var (result, tenant) = await writes.RunAsync(request, context, common => new Command.RotateClientSecret
        {
            Etag = common.Etag,
            RequestId = common.RequestId,
            By = common.By,
            IsLeaked = request.Leaked,
            AllowedKey = request.StagedConsumerKey == "" ? null : request.StagedConsumerKey,
        });
        return new() { Result = result, Status = tenant };
    }

    public override async Task<DeleteClientCredentialsResponse> DeleteClientCredentials(DeleteClientCredentialsRequest request, ServerCallContext context)
    {
        Validators.DeleteClientCredentials.Check(request);
        var (result, revocation, tenant) = await deletions.DeleteAsync(request, Tenants.Model.Mode.ClientCredentials, request.AllowActive, context);
        var response = new DeleteClientCredentialsResponse { Result = result, Status = tenant };
        if (revocation is { } outcome)
            response.Revocation = outcome;
        return response;
    }

    public override Task<SetJwtBearerCredentialResponse> SetJwtBearerCredential(SetJwtBearerCredentialRequest request, ServerCallContext context) =>
        jwtBearer.SetAsync(request, missing => MissingAsync(request, missing, context), context);

    public override Task<DeleteJwtBearerCredentialResponse> DeleteJwtBearerCredential(DeleteJwtBearerCredentialRequest request, ServerCallContext context) =>
        jwtBearer.DeleteAsync(request, context);

    public override async Task<SetActiveModeResponse> SetActiveMode(SetActiveModeRequest request, ServerCallContext context)
    {
        Validators.SetActiveMode.Check(request);
        var (result, tenant) = await writes.RunAsync(request, context, common => new Command.SetActiveMode
        {
            Etag = common.Etag, RequestId = common.RequestId, By = common.By, Mode = (Tenants.Model.Mode)request.Mode,
        });
        return new() { Result = result, Status = tenant };
    }

    public override async Task<DiscardCandidateResponse> DiscardCandidate(DiscardCandidateRequest request, ServerCallContext context)
    {
        Validators.DiscardCandidate.Check(request);
        var (result, tenant) = await writes.RunAsync(request, context, common => new Command.DiscardCandidate
        {
            Etag = common.Etag, RequestId = common.RequestId, By = common.By, Mode = (Tenants.Model.Mode)request.Mode,
        });
        return new() { Result = result, Status = tenant };
    }

    public override async Task<DeletePasswordCredentialResponse> DeletePasswordCredential(DeletePasswordCredentialRequest request, ServerCallContext context)
    {
        Validators.DeletePasswordCredential.Check(request);
        var (result, tenant) = await writes.RunAsync(request, context, common => new Command.Delete
        {
            Mode = Tenants.Model.Mode.Password, Etag = common.Etag, RequestId = common.RequestId, By = common.By, AllowActive = request.AllowActive,
        });
        return new() { Result = result, Status = tenant };
    }

    public override async Task<TestAccessResponse> TestAccess(TestAccessRequest request, ServerCallContext context)
    {
        Validators.TestAccess.Check(request);
        var (_, snapshot) = await writes.ApplyAsync(request, context, common => new Command.TestAccess
        {
            Etag = common.Etag,
            RequestId = common.RequestId,
            By = common.By,
            Mode = (Tenants.Model.Mode)request.Mode,
            Slot = request.Slot == V1.Slot.Unspecified ? null : (Tenants.Model.Slot)request.Slot,
        });
        return new()
        {
            Test = StatusMapper.LastTest(snapshot.Record, (Tenants.Model.Mode)request.Mode, request.Slot),
            Status = await status.MapAsync(snapshot, context.CancellationToken),
        };
    }

    public override async Task<GetCredentialStatusResponse> GetCredentialStatus(GetCredentialStatusRequest request, ServerCallContext context)
    {
        Validators.GetCredentialStatus.Check(request);
        var snapshot = await tenantRecords.ReadAsync(TenantId.Parse(request.TenantId), context.CancellationToken);
        return new() { Status = await status.MapAsync(snapshot, context.CancellationToken) };
    }

    public override async Task WatchCredentialStatus(
        WatchCredentialStatusRequest request, IServerStreamWriter<WatchCredentialStatusResponse> responseStream, ServerCallContext context)
    {
        Validators.WatchCredentialStatus.Check(request);
        var caller = Caller.Of(context);
        var scope = StatusMessages.ScopeOf(request);
        using var share = Watches(caller, scope.Named?.Count ?? Math.Max(LeastOfAll, tenants.Tenants().Count(tenant => caller.May(Role.Viewer, tenant))));
        var end = await statusWatch.RunAsync(
            caller,
            scope,
            new StatusMessages(request, status, fleets),
            request.HeartbeatInterval?.ToTimeSpan(),
            responseStream,
            context.GetHttpContext().Abort,
            context.CancellationToken);
        if (end != StreamEnd.Reached)
            throw EndOf(end);
    }

    public override async Task<ListCredentialStatusesResponse> ListCredentialStatuses(ListCredentialStatusesRequest request, ServerCallContext context)
    {
        Validators.ListCredentialStatuses.Check(request);
        TenantId? after = request.PageToken == "" ? null : TenantId.Parse(request.PageToken);
        var caller = Caller.Of(context);
        var (page, more) = await tenants.PageAsync(
            tenant => caller.May(Role.Viewer, tenant), after, request.PageSize == 0 ? DefaultPage : request.PageSize, context.CancellationToken);
        var response = new ListCredentialStatusesResponse { NextPageToken = more ? page[^1].Tenant.ToString() : "" };
        // One at a time, so that only one fleet of the page is in memory.
        foreach (var snapshot in page)
            response.Statuses.Add(await status.MapAsync(snapshot, context.CancellationToken));
        return response;
    }

    public override async Task<GetActiveCredentialResponse> GetActiveCredential(GetActiveCredentialRequest request, ServerCallContext context)
    {
        Validators.GetActiveCredential.Check(request);
        var snapshot = await current.ReadOnceAsync(TenantId.Parse(request.TenantId), context.CancellationToken);
        if (snapshot.Record.Revision < request.MinRevision)
            throw Errors.Of(Reason.StoreBehind, "min_revision: the store does not have this revision yet");
        var told = messages.Of(snapshot);
        if (told.Credential is not { } credential)
            return new() { Unavailable = told.Unavailable };
        var caller = Caller.Of(context);
        await disclosures.DurableAsync(
            snapshot.Tenant, credential.Revision, Origin.Of(caller.Name, caller.From, nameof(GetActiveCredential)), context.CancellationToken);
        // A caller that reads without a stream may also reject the credential.
        registry.Sent(snapshot.Tenant, new(caller.Name, "", ""), credential.Revision);
        return new() { Credential = credential };
    }

    public override async Task WatchActiveCredential(
        WatchActiveCredentialRequest request, IServerStreamWriter<WatchActiveCredentialResponse> responseStream, ServerCallContext context)
    {
        Validators.WatchActiveCredential.Check(request);
        var caller = Caller.Of(context);
        using var share = Watches(caller, request.Tenants.Count);
        WatchedRevision[] watched =
            [.. request.Tenants.Select(tenant => new WatchedRevision(TenantId.Parse(tenant.TenantId), tenant.KnownRevision, tenant.ResumeToken.Memory))];
        // The request lives as long as its stream; it need not hold the names a second time.
        request.Tenants.Clear();
        var node = registry.Open(new(caller.Name, request.NodeId, InstanceOf(request.InstanceId)), watched.Select(tenant => tenant.Tenant));
        try
        {
            var observer = new StreamObserver(
                tenant => registry.Enter(tenant, node),
                tenant => registry.Leave(tenant, node),
                (tenant, revision) => registry.Sent(tenant, node.Name, revision),
                node.Replaced);
            var heartbeat = request.HeartbeatInterval?.ToTimeSpan() ?? DefaultHeartbeat;
            throw EndOf(await activeWatch.RunAsync(
                caller, watched, heartbeat, observer, responseStream, context.GetHttpContext().Abort, context.CancellationToken));
        }
        finally
        {
            registry.Close(node);
        }
    }

    public override async Task<ListNodesResponse> ListNodes(ListNodesRequest request, ServerCallContext context)
    {
        Validators.ListNodes.Check(request);
        var tenant = TenantId.Parse(request.TenantId);
        var snapshot = await tenantRecords.ReadAsync(tenant, context.CancellationToken);
        var picture = (await fleets.ReadAsync(tenant, context.CancellationToken)).Picture();
        return NodeMapper.Page(picture, snapshot.IsUnreadable ? 0 : snapshot.Record.Revision, request);
    }

    public override async Task<ReportCredentialsResponse> ReportCredentials(ReportCredentialsRequest request, ServerCallContext context)
    {
        Validators.ReportCredentials.Check(request);
        var caller = Caller.Of(context);
        var node = new NodeName(caller.Name, request.NodeId, InstanceOf(request.InstanceId));
        var answers = await reports.TakeAsync(caller, node, request.Reports.Select(NodeMapper.Report), context.CancellationToken);
        var response = new ReportCredentialsResponse();
        response.Results.AddRange(request.Reports.Zip(answers, NodeMapper.Result));
        return response;
    }

    private IDisposable Watches(Caller caller, int tenants)
    {
        var share = limits.Watched(caller.Name, tenants, out var reached);
        if (reached is null)
            return share;
        metrics.CallRefused(Errors.NameOf(Reason.LimitReached));
        throw Errors.LimitReached(reached);
    }

    // Only for a request that is invalid anyway. If the store cannot be read now, the missing fields are reported once the others are valid.
    private async Task<IReadOnlyList<FieldViolation>> MissingAsync(
        ITenantWriteRequest request, Func<TenantRecord, IReadOnlyList<FieldViolation>> missing, ServerCallContext context)
    {
        if (!TenantId.TryParse(request.TenantId, out var tenant))
            return [];
        try
        {
            return await tenantRecords.ReadAsync(tenant, context.CancellationToken) is { IsUnreadable: false } snapshot ? missing(snapshot.Record) : [];
        }
        catch (StoreUnavailableException)
        {
            return [];
        }
    }

    // The same UUID in upper or lower case is the same instance.
    private static string InstanceOf(string instanceId) => instanceId.ToLowerInvariant();

    public override Task<ListAuditEventsResponse> ListAuditEvents(ListAuditEventsRequest request, ServerCallContext context)
    {
        Validators.ListAuditEvents.Check(request);
        return audit.ListAsync(request, context.CancellationToken);
    }

    private static RpcException EndOf(StreamEnd end) => end switch
    {
        StreamEnd.ShuttingDown => Errors.Of(Reason.ShuttingDown, "this server is stopping; open the stream again"),
        StreamEnd.Replaced => Errors.Of(Reason.StreamReplaced, "a newer stream of the same instance_id watches these tenants"),
        StreamEnd.Expired => Errors.Of(
            Reason.StreamExpired, "the stream has reached its maximum lifetime; open it again so that load spreads over all servers"),
        StreamEnd.CallerUnknown => Errors.Unauthenticated(),
        StreamEnd.NotPermitted => Errors.NotPermitted(),
        _ => new RpcException(new Status(StatusCode.Cancelled, "the call was cancelled")),
    };

    /// <summary>The validators, created once.</summary>
    private static class Validators
    {
        public static readonly IValidator<SetActiveModeRequest> SetActiveMode = new SetActiveModeValidator();
        public static readonly IValidator<DiscardCandidateRequest> DiscardCandidate = new DiscardCandidateValidator();
        public static readonly IValidator<StartOAuthSetupRequest> StartOAuthSetup = new StartOAuthSetupValidator();
        public static readonly IValidator<CompleteOAuthSetupRequest> CompleteOAuthSetup = new CompleteOAuthSetupValidator();
        public static readonly IValidator<RotateClientSecretRequest> RotateClientSecret = new RotateClientSecretValidator();
        public static readonly IValidator<DeleteClientCredentialsRequest> DeleteClientCredentials = new DeleteClientCredentialsValidator();
        public static readonly IValidator<DeleteOAuthRequest> DeleteOAuth = new DeleteOAuthValidator();
        public static readonly IValidator<DeletePasswordCredentialRequest> DeletePasswordCredential = new DeletePasswordCredentialValidator();
        public static readonly IValidator<TestAccessRequest> TestAccess = new TestAccessValidator();
        public static readonly IValidator<GetCredentialStatusRequest> GetCredentialStatus = new GetCredentialStatusValidator();
        public static readonly IValidator<WatchCredentialStatusRequest> WatchCredentialStatus = new WatchCredentialStatusValidator();
        public static readonly IValidator<ListCredentialStatusesRequest> ListCredentialStatuses = new ListCredentialStatusesValidator();
        public static readonly IValidator<GetActiveCredentialRequest> GetActiveCredential = new GetActiveCredentialValidator();
        public static readonly IValidator<ListNodesRequest> ListNodes = new ListNodesValidator();
        public static readonly IValidator<ReportCredentialsRequest> ReportCredentials = new ReportCredentialsValidator();
        public static readonly IValidator<ListAuditEventsRequest> ListAuditEvents = new ListAuditEventsValidator();
        public static readonly IValidator<WatchActiveCredentialRequest> WatchActiveCredential = new WatchActiveCredentialValidator();
    }
}
