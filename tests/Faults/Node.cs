using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults;

/// <summary>One open stream over one tenant, and everything it told; it is never opened again.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly GrpcChannel channel;
    private readonly AsyncServerStreamingCall<WatchActiveCredentialResponse> call;
    private readonly List<WatchActiveCredentialResponse> told = [];
    private readonly Task reading;

    private Node(Uri address, string tenant, long knownRevision, ByteString? resumeToken)
    {
        channel = GrpcChannel.ForAddress(address);
        call = new SyncCredentials.SyncCredentialsClient(channel).WatchActiveCredential(new()
        {
            Tenants = { new WatchedTenant { TenantId = tenant, KnownRevision = knownRevision, ResumeToken = resumeToken ?? ByteString.Empty } },
            HeartbeatInterval = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)),
        });
        reading = ReadAsync();
    }

    /// <summary>Why the stream ended; null while it is open.</summary>
    public RpcException? End { get; private set; }

    public IReadOnlyList<WatchActiveCredentialResponse> Told
    {
        get
        {
            lock (told)
                return [.. told];
        }
    }

    public IReadOnlyList<Heartbeat> Heartbeats => [.. Told.Select(message => message.Heartbeat).OfType<Heartbeat>()];

    /// <summary>The revisions told, in order.</summary>
    public IReadOnlyList<long> Revisions =>
        [.. Told.Where(message => message.Credential is not null || message.Unavailable is not null)
            .Select(message => message.Credential?.Revision ?? message.Unavailable.Revision)];

    /// <summary>The user whose session was told last.</summary>
    public string? UserId => Told.LastOrDefault(message => message.Credential is not null)?.Credential.Session.UserId;

    /// <summary>Opens a stream and waits until it is synced; as long as the service has no store to read, it is opened again.</summary>
    public static async Task<Node> OpenAsync(Uri address, string tenant, long knownRevision = 0, ByteString? resumeToken = null)
    {
        var node = new Node(address, tenant, knownRevision, resumeToken);
        await Waiting.UntilAsync(
            async () =>
            {
                if (node.End?.StatusCode == StatusCode.Unavailable)
                {
                    await node.DisposeAsync();
                    node = new Node(address, tenant, knownRevision, resumeToken);
                }
                return node.Told.Any(message => message.Synced is not null);
            },
            "the stream is synced");
        return node;
    }

    public Task UntilRevisionAsync(Func<long, bool> fits, string what, TimeSpan? patience = null) =>
        Waiting.UntilAsync(() => Revisions is [.., var newest] && fits(newest), what, patience);

    public void AssertOpenAndOnlyForward()
    {
        Assert.Null(End);
        Assert.Equal(Revisions.Distinct().Order(), Revisions);
    }

    public async ValueTask DisposeAsync()
    {
        call.Dispose();
        await reading;
        channel.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            await foreach (var message in call.ResponseStream.ReadAllAsync())
            {
                lock (told)
                    told.Add(message);
            }
        }
        catch (RpcException e)
        {
            End = e;
        }
    }
}
