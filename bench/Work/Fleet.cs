using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using GrpcCreds.Bench.Peers;

namespace GrpcCreds.Bench.Work;

/// <summary>Nodes that watch one peer, and open their stream again whenever it ends.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource stop = new();
    private readonly Peer peer;
    private readonly long[] versions;
    private readonly List<GrpcChannel> connections = [];
    private readonly Task[] nodes;
    private long lastAt;
    private int standing;
    private RpcException? lastFailure;

    private Fleet(Peer peer, int count, int nodesPerConnection)
    {
        this.peer = peer;
        versions = new long[count];
        for (var i = 0; i < (count + nodesPerConnection - 1) / nodesPerConnection; i++)
            connections.Add(peer.Connect());
        nodes = [.. Enumerable.Range(0, count).Select(node => RunAsync(connections[node / nodesPerConnection], node))];
    }

    /// <summary>Opens the streams and waits until all stand.</summary>
    public static async Task<Fleet> OpenAsync(Peer peer, int count, int nodesPerConnection = 1)
    {
        var fleet = new Fleet(peer, count, nodesPerConnection);
        await fleet.StandsAsync();
        return fleet;
    }

    /// <summary>Waits until all streams stand.</summary>
    public Task StandsAsync() => UntilAsync(() => Volatile.Read(ref standing) == versions.Length, "all streams stand");

    /// <summary>Makes a change and waits until every node has it.</summary>
    /// <returns>How long the last one took, from the answer to the change.</returns>
    public async Task<TimeSpan> ChangeAsync()
    {
        var version = await peer.ChangeAsync();
        var answered = Stopwatch.GetTimestamp();
        await UntilAsync(() => Array.TrueForAll(versions, held => held >= version), "all nodes have the change");
        return Stopwatch.GetElapsedTime(answered, Math.Max(answered, Volatile.Read(ref lastAt)));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(nodes);
        connections.ForEach(connection => connection.Dispose());
        stop.Dispose();
    }

    private async Task RunAsync(GrpcChannel connection, int node)
    {
        await Task.Yield();
        while (!stop.IsCancellationRequested)
        {
            var stands = false;
            try
            {
                await peer.WatchAsync(connection, node, Got, stop.Token);
            }
            catch (RpcException exception)
            {
                // The peer was killed, or the bench ends. If it was something else, the wait for the streams ends with it.
                lastFailure = exception;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            if (stands)
                Interlocked.Decrement(ref standing);
            await Task.Delay(Pause * (0.5 + Random.Shared.NextDouble()), stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            void Got(long version)
            {
                if (!stands)
                    Interlocked.Increment(ref standing);
                stands = true;
                versions[node] = Math.Max(versions[node], version);
                Volatile.Write(ref lastAt, Stopwatch.GetTimestamp());
            }
        }
    }

    private async Task UntilAsync(Func<bool> holds, string what)
    {
        for (var since = Stopwatch.GetTimestamp(); !holds();)
        {
            if (Stopwatch.GetElapsedTime(since) > Patience)
                throw new TimeoutException($"it took too long until {what}", lastFailure);
            await Task.Delay(2);
        }
    }
}
