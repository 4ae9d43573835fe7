using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Grpc.Core;
using GrpcCreds.Bench.Bare;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using StackExchange.Redis;

namespace GrpcCreds.Bench.Peers;

/// <summary>The process of <see cref="BarePeer"/>: this program, started with <see cref="Command"/>.</summary>
internal static class BareServer
{
    public const string Command = "serve-bare";

    /// <param name="arguments">The port, and the port of Redis if there is one.</param>
    public static async Task RunAsync(string[] arguments)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(
            int.Parse(arguments[0], CultureInfo.InvariantCulture), endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        var database = arguments is [_, { Length: > 0 } redis] ? (await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis}")).GetDatabase() : null;
        builder.Services.AddSingleton(new Service(database));
        var app = builder.Build();
        app.MapGrpcService<Service>();
        await app.RunAsync();
    }

    private sealed class Service(IDatabase? redis) : Bare.Bare.BareBase
    {
        private const string Script = "redis.call('HSET', KEYS[1], 'rev', ARGV[1], 'value', ARGV[2]) return 1";

        private readonly ConcurrentDictionary<Channel<Message>, bool> watchers = new();
        private Message newest = new();

        public override async Task Watch(WatchRequest request, IServerStreamWriter<Message> responseStream, ServerCallContext context)
        {
            var mailbox = Channel.CreateBounded<Message>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
            watchers[mailbox] = true;
            try
            {
                await responseStream.WriteAsync(new());
                await foreach (var message in mailbox.Reader.ReadAllAsync(context.CancellationToken))
                    await responseStream.WriteAsync(message);
            }
            finally
            {
                watchers.TryRemove(mailbox, out _);
            }
        }

        public override Task<Message> Change(Message request, ServerCallContext context)
        {
            request.Version = newest.Version + 1;
            newest = request;
            foreach (var (watcher, _) in watchers)
                watcher.Writer.TryWrite(request);
            return Task.FromResult(request);
        }

        public override async Task<Message> Write(Message request, ServerCallContext context)
        {
            await redis!.ScriptEvaluateAsync(Script, [request.Key], [request.Version, request.Value.Memory]);
            return request;
        }

        public override Task<Message> Read(WatchRequest request, ServerCallContext context) => Task.FromResult(newest);
    }
}
