using Grpc.Core;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.V1;
using Action = System.Action;

namespace GrpcCreds.Server.Watch;

/// <summary>Streams active credentials to nodes.</summary>
internal sealed class ActiveWatch(
    View view, CurrentReader current, ActiveMessages messages, StoreHealth health, Audiences audiences, Disclosures disclosures, WriteLimits limits,
    ServiceMetrics metrics, TimeProvider clock, IHostApplicationLifetime host, ILogger<ActiveWatch> log)
{
    /// <summary>
    /// Runs until the caller is gone or may no longer watch any of the tenants, the server stops, or the stream reaches its maximum lifetime.
    /// </summary>
    /// <param name="caller">The caller that watches; for tenants it may not watch it receives NOT_PERMITTED.</param>
    /// <param name="tenants">The tenants, each once.</param>
    /// <param name="heartbeat">5 to 60 s.</param>
    /// <param name="observer">Receives which tenants the stream watches and what it sends.</param>
    /// <param name="stream">The stream to write to.</param>
    /// <param name="abort">Aborts the stream.</param>
    /// <param name="cancellationToken">The call's token.</param>
    public async Task<StreamEnd> RunAsync(
        Caller caller,
        IReadOnlyList<WatchedRevision> tenants,
        TimeSpan heartbeat,
        StreamObserver observer,
        IServerStreamWriter<WatchActiveCredentialResponse> stream,
        Action abort,
        CancellationToken cancellationToken)
    {
        using var lifetime = new StreamLifetime(clock, caller.Ends, host.ApplicationStopping, observer.Replaced, cancellationToken);
        using var writer = new StreamWriter<WatchActiveCredentialResponse>(stream, abort, limits, metrics, log);
        using var session = new ActiveStream(caller, view, current, messages, health, observer, audiences, disclosures, writer);
        try
        {
            if (await session.SyncAsync(tenants, lifetime.Token))
                await session.FollowAsync(heartbeat, clock, lifetime.Token);
            return caller.IsKnown ? StreamEnd.NotPermitted : StreamEnd.CallerUnknown;
        }
        catch (OperationCanceledException) when (lifetime.Token.IsCancellationRequested)
        {
            return lifetime.End;
        }
    }
}
