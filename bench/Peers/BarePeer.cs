using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using GrpcCreds.Bench.Bare;

namespace GrpcCreds.Bench.Peers;

/// <summary>A grpc-dotnet server that does nothing but the work itself.</summary>
internal sealed class BarePeer(string folder, RedisProcess? redis) : Peer("bare grpc-dotnet", folder)
{
    /// <summary>Bytes of a value: about those of a message with a session.</summary>
    public const int PayloadSize = 300;

    public override async Task WatchAsync(ChannelBase from, int node, Action<long> got, CancellationToken cancellationToken)
    {
        using var call = new Bare.Bare.BareClient(from).Watch(new(), cancellationToken: cancellationToken);
        await foreach (var message in call.ResponseStream.ReadAllAsync(cancellationToken))
            got(message.Version);
    }

    public override async Task<long> ChangeAsync() => (await new Bare.Bare.BareClient(Channel).ChangeAsync(Value(0))).Version;

    public override async Task WriteAsync(ChannelBase from, int caller, long number) => await new Bare.Bare.BareClient(from).WriteAsync(Value(caller));

    public override async Task ReadAsync(ChannelBase from, int caller) => await new Bare.Bare.BareClient(from).ReadAsync(new());

    protected override Task<ServerProcess> RunAsync() => Task.FromResult(ServerProcess.Start(
        Path.ChangeExtension(typeof(BarePeer).Assembly.Location, null), [BareServer.Command, $"{Port}", $"{redis?.Port}"], Path.Combine(Folder, "log")));

    protected override async Task ReadyAsync() => await ChangeAsync();

    private static Message Value(int caller) =>
        new() { Key = $"bare:{caller}", Value = UnsafeByteOperations.UnsafeWrap(RandomNumberGenerator.GetBytes(PayloadSize)) };
}
