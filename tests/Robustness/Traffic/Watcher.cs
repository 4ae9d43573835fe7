using System.Collections.Concurrent;
using Grpc.Core;

namespace GrpcCreds.Tests.Robustness.Traffic;

/// <summary>Holds a stream open, opens it again with what it holds when it ends, and notes what it is told.</summary>
internal abstract class Watcher(History history, IReadOnlyList<Uri> services, string name) : Caller(history, services)
{
    private bool isSynced;

    /// <summary>What it holds of each tenant.</summary>
    public ConcurrentDictionary<string, Shown> Held { get; } = new();

    public abstract IReadOnlyList<string> Tenants { get; }

    public string Name => name;

    protected int Opening { get; private set; }

    protected async Task<bool> ReadAsync<T>(AsyncServerStreamingCall<T> call, Action<T> take, CancellationToken stopping)
    {
        (isSynced, Opening) = (false, Opening + 1);
        try
        {
            while (await call.ResponseStream.MoveNext(stopping))
                take(call.ResponseStream.Current);
            History.Surprises.Enqueue($"surprise: {name}'s stream ended with OK");
            return false;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return true;
        }
        catch (RpcException e) when (stopping.IsCancellationRequested || IsOutage(e, "a stream"))
        {
            return false;
        }
    }

    protected void Take(Shown shown)
    {
        History.Messages.Enqueue(new(name, Opening, History.Now, shown));
        Held[shown.Tenant] = shown;
    }

    protected void Synced() => isSynced = true;

    protected void Take(V1.Heartbeat heartbeat)
    {
        if (isSynced && heartbeat.AsOf is { } asOf)
            History.Beats.Enqueue(new(name, Opening, History.Now, History.At(asOf.ToDateTime()), [.. Tenants.Except(heartbeat.StaleTenantIds)]));
    }
}
