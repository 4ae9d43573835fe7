using Grpc.Core;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Tenants.Following;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Watch;

/// <summary>Streams tenants' statuses: as they are, and after every commit.</summary>
internal sealed class StatusWatch(
    View view, TenantRecords tenantRecords, TenantList list, StoreHealth health, WriteLimits limits, ServiceMetrics metrics, TimeProvider clock, IHostApplicationLifetime host, ILogger<StatusWatch> log)
{
    /// <summary>
    /// Runs until the caller goes or may no longer see this, the server stops or the stream is old, or what is waited for has come. What is equal to
    /// what was sent last is not sent again.
    /// </summary>
    /// <param name="caller">Who watches.</param>
    /// <param name="scope">What.</param>
    /// <param name="messages">Makes the messages.</param>
    /// <param name="heartbeat">5 to 60 s; null: none.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="abort">Cuts the stream from outside.</param>
    /// <param name="cancellationToken">The call's.</param>
    public async Task<StreamEnd> RunAsync<T>(
        Caller caller, StatusScope scope, IStatusMessages<T> messages, TimeSpan? heartbeat, IServerStreamWriter<T> stream, Action abort, CancellationToken cancellationToken)
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
