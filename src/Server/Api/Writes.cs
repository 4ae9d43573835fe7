using System.Text;
using Google.Protobuf;
using Grpc.Core;
using GrpcCreds.Server.Accounts;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Rollout;
using GrpcCreds.Server.Salesforce.Testing;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Tenants.Rules;
using GrpcCreds.V1;
using WriteResult = GrpcCreds.Server.Tenants.Model.WriteResult;

namespace GrpcCreds.Server.Api;

/// <summary>What all administrators' writes have in common: who asks, the request id, the answer.</summary>
internal sealed class Writes(TestedWrites testedWrites, TenantRecords tenantRecords, Sealer sealer, StatusMapper status, RolloutTimes times)
{
    /// <summary>How long another test of the tenant is waited for, if the caller set no shorter deadline.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    /// <summary>What a command needs of its request besides its own fields.</summary>
    public readonly record struct Common(string? Etag, Guid RequestId, string By);

    /// <summary>Applies the command made of a checked request.</summary>
    /// <returns>What the write did, and the tenant as it is now.</returns>
    public async Task<(V1.WriteResult Result, CredentialStatus Status)> RunAsync<T>(
        T request, ServerCallContext context, Func<Common, Command.Request> command)
        where T : ITenantWriteRequest, IMessage
    {
        var (result, snapshot) = await ApplyAsync(request, context, command);
        return ((V1.WriteResult)result, await status.MapAsync(snapshot, context.CancellationToken));
    }

    /// <summary>Applies the command made of a checked request.</summary>
    /// <returns>What it did, and the tenant as it is now.</returns>
    public async Task<(WriteResult Result, RecordSnapshot Snapshot)> ApplyAsync<T>(T request, ServerCallContext context, Func<Common, Command.Request> command)
        where T : ITenantWriteRequest, IMessage
    {
        var applied = await SendAsync(request, context, command);
        return (ResultOf(applied), await AnswerAsync(applied, TenantId.Parse(request.TenantId), context.CancellationToken));
    }

    /// <summary>The tenant as the write made it, for its answer; from here on it is measured how long the nodes take. It is read only if nothing was committed now.</summary>
    public async Task<RecordSnapshot> AnswerAsync(Applied applied, TenantId tenant, CancellationToken cancellationToken)
    {
        var snapshot = applied is Applied.Done done ? done.Snapshot : await tenantRecords.ReadAsync(tenant, cancellationToken);
        times.Answered(snapshot);
        return snapshot;
    }

    /// <summary>Applies the command made of a checked request: straight to the tenant's record, or with the test that it asks for.</summary>
    public Task<Applied> SendAsync<T>(T request, ServerCallContext context, Func<Common, Command.Request> command)
        where T : ITenantWriteRequest, IMessage
    {
        var (common, origin, key) = Read(request, context);
        var (tenant, made) = (TenantId.Parse(request.TenantId), command(common));
        return made.MayBeTested
            ? testedWrites.ApplyAsync(tenant, made, origin, key, PatienceOf(context), context.CancellationToken)
            : tenantRecords.ApplyAsync(tenant, made, origin, key, context.CancellationToken);
    }

    /// <summary>What a request says of itself, whatever it is about.</summary>
    public (Common Common, Origin Origin, RequestKey Key) Read<T>(T request, ServerCallContext context)
        where T : IWriteRequest, IMessage
    {
        var caller = Caller.Of(context);
        var method = context.Method[(context.Method.LastIndexOf('/') + 1)..];
        var id = request.HasRequestId ? Guid.Parse(request.RequestId) : Guid.NewGuid();
        return (
            new(request.HasEtag ? request.Etag : null, id, caller.Name),
            new Origin(caller.Name, caller.From, method, request.Reason == "" ? null : request.Reason),
            new RequestKey(id, Fingerprint(request, method, caller)));
    }

    /// <summary>What was done, as far as it is told as a result.</summary>
    /// <exception cref="RpcException">It is told as an error.</exception>
    public static WriteResult ResultOf(Applied applied)
    {
        var result = applied switch
        {
            Applied.Done done => done.Result,
            Applied.Known known => known.Result,
            Applied.Refused refused => throw Errors.Of(refused.Refusal),
            _ => throw new InvalidOperationException("a write always changes something, if only what is remembered of it"),
        };
        return result switch
        {
            WriteResult.CandidateChanged => throw Errors.Of(Reason.CandidateChanged, "the credential was changed while it was tested; the test's result was dropped"),
            WriteResult.AccountProtected => throw Errors.Of(Refusal.AccountProtected(AccountRules.TestWindow)),
            _ => result,
        };
    }

    private byte[] Fingerprint<T>(T request, string method, Caller caller)
        where T : IMessage => sealer.Keys.Fingerprint([.. Encoding.UTF8.GetBytes($"{method}\0{caller.Name}\0"), .. request.ToByteArray()]);

    // A second is left for the answer.
    private static TimeSpan PatienceOf(ServerCallContext context)
    {
        var left = context.Deadline.ToUniversalTime() - DateTime.UtcNow - TimeSpan.FromSeconds(1);
        return context.Deadline == DateTime.MaxValue || left > Patience ? Patience : left;
    }
}
