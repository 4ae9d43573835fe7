using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using GrpcCreds.Bench.Etcd;

namespace GrpcCreds.Bench.Peers;

/// <summary>One etcd, as Debian packages it.</summary>
internal sealed class EtcdPeer(string folder) : Peer("etcd", folder)
{
    private static readonly ByteString Watched = ByteString.CopyFromUtf8("bench/watched");

    public override async Task WatchAsync(ChannelBase from, int node, Action<long> got, CancellationToken cancellationToken)
    {
        using var call = new Watch.WatchClient(from).Watch(cancellationToken: cancellationToken);
        await call.RequestStream.WriteAsync(new() { CreateRequest = new() { Key = Watched } }, cancellationToken);
        await foreach (var message in call.ResponseStream.ReadAllAsync(cancellationToken))
            got(message.Created ? 0 : message.Events[^1].Kv.ModRevision);
    }

    public override async Task<long> ChangeAsync() =>
        (await new KV.KVClient(Channel).PutAsync(new() { Key = Watched, Value = Payload() })).Header.Revision;

    public override async Task WriteAsync(ChannelBase from, int caller, long number) =>
        await new KV.KVClient(from).PutAsync(new() { Key = ByteString.CopyFromUtf8($"bench/{caller}"), Value = Payload() });

    public override async Task ReadAsync(ChannelBase from, int caller) => await new KV.KVClient(from).RangeAsync(new() { Key = Watched });

    public override async Task PrepareAsync(int callers) => await ChangeAsync();

    protected override Task<ServerProcess> RunAsync()
    {
        var (client, peer) = ($"http://127.0.0.1:{Port}", $"http://127.0.0.1:{Ports.Free()}");
        string[] settings =
        [
            "--data-dir", Path.Combine(Folder, "data"), "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"default={peer}", "--log-level", "error",
        ];
        return Task.FromResult(ServerProcess.Start(Programs.Etcd!, settings, Path.Combine(Folder, "log")));
    }

    protected override async Task ReadyAsync() => await ChangeAsync();

    // As large as a session with what belongs to it.
    private static ByteString Payload() => UnsafeByteOperations.UnsafeWrap(RandomNumberGenerator.GetBytes(BarePeer.PayloadSize));
}
