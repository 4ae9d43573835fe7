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

/// <summary>The common part of all administrators' writes: the caller, the request id and the answer.</summary>
internal sealed class Writes(TestedWrites testedWrites, TenantRecords tenantRecords, Sealer sealer, StatusMapper status, RolloutTimes times)
{
    /// <summary>How long a write waits for another test of the tenant, unless the caller's deadline is shorter.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    /// <summary>The fields that a command takes from its request besides its own.</summary>
    public readonly record struct Common(string? Etag, Guid RequestId, string By);

    /// <summary>Applies the command built from a valid request.</summary>
    /// <returns>The result of the write, and the tenant's current state.</returns>
    public async Task<(V1.WriteResult Result, CredentialStatus Status)> RunAsync<T>(
        T request, ServerCallContext context, Func<Common, Command.Request> command)
        where T : ITenantWriteRequest, IMessage
    {
        var (result, snapshot) = await ApplyAsync(request, context, command);
        return ((V1.WriteResult)result, await status.MapAsync(snapshot, context.CancellationToken));
    }

    /// <summary>Applies the command built from a valid request.</summary>
    /// <returns>The result of the write, and the tenant's current state.</returns>
    public async Task<(WriteResult Result, RecordSnapshot Snapshot)> ApplyAsync<T>(T request, ServerCallContext context, Func<Common, Command.Request> command)
        where T : ITenantWriteRequest, IMessage
    {
        var applied = await SendAsync(request, context, command);
        return (ResultOf(applied), await AnswerAsync(applied, TenantId.Parse(request.TenantId), context.CancellationToken));
    }

    /// <summary>
    /// The tenant's state after the write, for the answer. The time that the nodes take is measured from here. The state is read only if nothing was
    /// committed now.
    /// </summary>
    public async Task<RecordSnapshot> AnswerAsync(Applied applied, TenantId tenant, CancellationToken cancellationToken)
    {
        var snapshot = applied is Applied.Done done ? done.Snapshot : await tenantRecords.ReadAsync(tenant, cancellationToken);
        times.Answered(snapshot);
        return snapshot;
    }

    /// <summary>Applies the command built from a valid request: directly to the tenant's record, or with the test that it requires.</summary>
    public Task<Applied> SendAsync<T>(T request, ServerCallContext context, Func<Common, Command.Request> command)
        where T : ITenantWriteRequest, IMessage
    {
        var (common, origin, key) = Read(request, context);
        var (tenant, made) = (TenantId.Parse(request.TenantId), command(common));
        return made.MayBeTested
            ? testedWrites.ApplyAsync(tenant, made, origin, key, PatienceOf(context), context.CancellationToken)
            : tenantRecords.ApplyAsync(tenant, made, origin, key, context.CancellationToken);
    }

    /// <summary>Reads the fields that all write requests have.</summary>
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

    /// <summary>The result of a write, unless the outcome is an error.</summary>
    /// <exception cref="RpcException">The outcome is an error.</exception>
    public static WriteResult ResultOf(Applied applied)
    {
        var result = applied switch
        {
            Applied.Done done => done.Result,
            Applied.Known known => known.Result,
            Applied.Refused refused => throw Errors.Of(refused.Refusal),
            _ => throw new InvalidOperationException("a write always changes something, if only its remembered result"),
        };
        return result switch
        {
            WriteResult.CandidateChanged =>
                throw Errors.Of(Reason.CandidateChanged, "the credential was changed while it was tested; the test's result was dropped"),
            WriteResult.AccountProtected => throw Errors.Of(Refusal.AccountProtected(AccountRules.TestWindow)),
            _ => result,
        };
    }

    private byte[] Fingerprint<T>(T request, string method, Caller caller)
        where T : IMessage => sealer.Keys.Fingerprint([.. Encoding.UTF8.GetBytes($"{method}\0{caller.Name}\0"), .. request.ToByteArray()]);

    // One second is reserved for the answer.
    private static TimeSpan PatienceOf(ServerCallContext context)
    {
        var left = context.Deadline.ToUniversalTime() - DateTime.UtcNow - TimeSpan.FromSeconds(1);
        return context.Deadline == DateTime.MaxValue || left > Patience ? Patience : left;
    }
}
