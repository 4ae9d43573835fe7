using Grpc.Core;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.V1;
using Action = System.Action;

namespace GrpcCreds.Server.Watch;

/// <summary>Streams what nodes are told.</summary>
internal sealed class ActiveWatch(
    View view, CurrentReader current, ActiveMessages messages, StoreHealth health, Disclosures disclosures, WriteLimits limits, ServiceMetrics metrics, TimeProvider clock, IHostApplicationLifetime host,
    ILogger<ActiveWatch> log)
{
    /// <summary>Runs until the caller goes or may no longer watch anything, the server stops or the stream is old.</summary>
    /// <param name="caller">Who watches; what it may not is told NOT_PERMITTED.</param>
    /// <param name="tenants">Each once.</param>
    /// <param name="heartbeat">5 to 60 s.</param>
    /// <param name="observer">Is told whom it serves with what.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="abort">Cuts the stream from outside.</param>
    /// <param name="cancellationToken">The call's.</param>
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
        using var session = new ActiveStream(caller, view, current, messages, health, observer, disclosures, writer);
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
