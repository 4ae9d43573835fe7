using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Api.Pages;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Salesforce.Setup;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Rules;
using GrpcCreds.V1;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Api;

/// <summary>The OAuth calls that do more than apply a command.</summary>
internal sealed class SetupCalls(
    Writes writes, OAuthSetups setups, Sealer sealer, StatusMapper status, IOptions<SalesforceOptions> options, TimeProvider clock)
{
    public async Task<StartOAuthSetupResponse> StartAsync(StartOAuthSetupRequest request, ServerCallContext context)
    {
        if (!options.Value.IsOAuthConfigured)
            throw Errors.Of(
                Reason.OauthNotConfigured,
                "this service has no connected app: its operator must set Salesforce:ClientId, Salesforce:ClientSecretFile and Salesforce:RedirectUri");
        var state = StateOf(TenantId.Parse(request.TenantId), writes.Read(request, context).Key);
        var (result, snapshot) = await writes.ApplyAsync(request, context, common => new Command.StartSetup
        {
            Etag = common.Etag, RequestId = common.RequestId, By = common.By, StateHash = state.Hash, CodeVerifier = NewVerifier(),
        });
        var response = new StartOAuthSetupResponse { Result = (V1.WriteResult)result, Status = await status.MapAsync(snapshot, context.CancellationToken) };
        if (await setups.FindAsync(state, context.CancellationToken) is { Setup: { } setup } record)
        {
            response.AuthorizationUrl = setups.AuthorizationUrl(record, state).AbsoluteUri;
            // Empty if the redirect URI leads to a front end: that must send the browser to Salesforce itself.
            response.StartUrl = OAuthPages.StartUrl(options.Value.RedirectUri, state) ?? "";
            response.ExpireTime = setup.ExpireTime.ToTimestamp();
        }
        return response;
    }

    public async Task<CompleteOAuthSetupResponse> CompleteAsync(CompleteOAuthSetupRequest request, ServerCallContext context)
    {
        if (OAuthState.Parse(request.State) is not { } state)
            throw Errors.Of(
                Reason.OauthStateInvalid,
                "state: it belongs to no open setup that this caller started; start the setup again with StartOAuthSetup");
        if (!Caller.Of(context).May(Role.Admin, state.Tenant))
            throw Errors.NotPermitted();
        var (common, origin, key) = writes.Read(request, context);
        var command = new Command.CompleteSetup
        {
            Etag = common.Etag,
            RequestId = common.RequestId,
            By = common.By,
            StateHash = state.Hash,
            ByAnybody = false,
            Error = request.Error == "" ? null : OAuthErrors.OfCallback(request.Error, request.ErrorDescription, [request.State], clock.GetUtcNow()),
        };
        var applied = await setups.CompleteAsync(state.Tenant, command, new Secret(request.Code), origin, key, context.CancellationToken);
        var result = Writes.ResultOf(applied);
        var snapshot = await writes.AnswerAsync(applied, state.Tenant, context.CancellationToken);
        return new() { Result = (V1.WriteResult)result, Status = await status.MapAsync(snapshot, context.CancellationToken) };
    }

    // 43 characters, RFC 7636.
    private static Secret NewVerifier() => new(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    // Derived from the request, so that a repeat gets the same state; keyed, so that no one else can derive it.
    private OAuthState StateOf(TenantId tenant, RequestKey request) =>
        OAuthState.Of(tenant, sealer.Keys.Fingerprint([.. Encoding.ASCII.GetBytes($"oauth-state\0{request.Id}\0"), .. request.Fingerprint.Span]));
}
