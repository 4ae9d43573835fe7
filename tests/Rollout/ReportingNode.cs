using Grpc.Core;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Rollout;

/// <summary>A sync node as a program of another language would be: an open stream over one tenant, and reports when the test says so.</summary>
internal sealed class ReportingNode : IDisposable
{
    private readonly SyncCredentials.SyncCredentialsClient client;
    private readonly AsyncServerStreamingCall<WatchActiveCredentialResponse> watch;
    private readonly string tenant;
    private readonly string name;

    private ReportingNode(SyncCredentials.SyncCredentialsClient client, string tenant, string name, string instance, long known)
    {
        (this.client, this.tenant, this.name, InstanceId) = (client, tenant, name, instance);
        watch = client.WatchActiveCredential(new(Calls.Watch(tenant, known)) { NodeId = name, InstanceId = instance });
    }

    public string InstanceId { get; }

    /// <summary>The revision it was sent last.</summary>
    public long Revision { get; private set; }

    public string? AccessToken { get; private set; }

    /// <summary>Opens a stream and reads until everything present has been told.</summary>
    public static async Task<ReportingNode> OpenAsync(
        SyncCredentials.SyncCredentialsClient client, string name = "node-1", string tenant = "acme", string? instance = null, long known = 0)
    {
        var node = new ReportingNode(client, tenant, name, instance ?? Guid.NewGuid().ToString(), known) { Revision = known };
        while ((await node.watch.NextStateAsync()) is { Synced: null } message)
            node.Take(message);
        return node;
    }

    /// <summary>The next message that it receives.</summary>
    public async Task<WatchActiveCredentialResponse> NextAsync()
    {
        var message = await watch.NextStateAsync();
        Take(message);
        return message;
    }

    /// <summary>The status with which the stream ends.</summary>
    public async Task<RpcException> EndAsync()
    {
        try
        {
            while (true)
                await watch.NextStateAsync();
        }
        catch (RpcException e)
        {
            return e;
        }
    }

    public Task<ReportResult> AppliesAsync(long? revision = null) =>
        ReportAsync(new() { Revision = revision ?? Revision, Outcome = ReportedOutcome.Applied });

    public Task<ReportResult> RejectsAsync(FailureClass failure = FailureClass.SessionRefused, long? revision = null) => ReportAsync(
        new() { Revision = revision ?? Revision, Outcome = ReportedOutcome.Rejected, FailureClass = failure, SalesforceCode = "INVALID_SESSION_ID" });

    public Task<ReportResult> LeavesAsync() => ReportAsync(new() { Leaving = true });

    public async Task<ReportResult> ReportAsync(NodeReport report)
    {
        report.TenantId = tenant;
        return (await client.ReportCredentialsAsync(new() { NodeId = name, InstanceId = InstanceId, Reports = { report } })).Results.Single();
    }

    public void Dispose() => watch.Dispose();

    private void Take(WatchActiveCredentialResponse message)
    {
        Revision = message.Credential?.Revision ?? message.Unavailable.Revision;
        AccessToken = message.Credential?.Session.AccessToken;
    }
}
