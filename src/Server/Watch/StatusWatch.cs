using Grpc.Core;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Tenants.Following;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Watch;

/// <summary>Streams the statuses of tenants: the current ones, and new ones after every commit.</summary>
internal sealed class StatusWatch(
    View view, TenantRecords tenantRecords, TenantList list, StoreHealth health, WriteLimits limits,
    ServiceMetrics metrics, TimeProvider clock, IHostApplicationLifetime host, ILogger<StatusWatch> log)
{
    /// <summary>
    /// Runs until the caller is gone or may no longer see any of the tenants, the server stops, the stream reaches its maximum lifetime, or what the caller
    /// waits for is reached. A status equal to the last one sent is not sent again.
    /// </summary>
    /// <param name="caller">The caller that watches.</param>
    /// <param name="scope">The tenants to watch.</param>
    /// <param name="messages">Creates the messages.</param>
    /// <param name="heartbeat">5 to 60 s; null for no heartbeat.</param>
    /// <param name="stream">The stream to write to.</param>
    /// <param name="abort">Aborts the stream.</param>
    /// <param name="cancellationToken">The call's token.</param>
    public async Task<StreamEnd> RunAsync<T>(
        Caller caller,
        StatusScope scope,
        IStatusMessages<T> messages,
        TimeSpan? heartbeat,
        IServerStreamWriter<T> stream,
        Action abort,
        CancellationToken cancellationToken)
        where T : class
    {
        using var lifetime = new StreamLifetime(clock, caller.Ends, host.ApplicationStopping, CancellationToken.None, cancellationToken);
        using var writer = new StreamWriter<T>(stream, abort, limits, metrics, log);
        using var session = new StatusStream<T>(caller, scope, view, tenantRecords, list, health, messages, writer);
        try
        {
            return await session.RunAsync(heartbeat, clock, lifetime.Token);
        }
        catch (OperationCanceledException) when (lifetime.Token.IsCancellationRequested)
        {
            return lifetime.End;
        }
    }
}
