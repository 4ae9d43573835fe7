using System.Collections.Concurrent;
using Grpc.Core;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Faults.Crash;

/// <summary>A node on the generated client alone: it opens its stream again with what it holds, for ever.</summary>
internal sealed class Watcher(History history, Uri address, Users users, IReadOnlyList<string> tenants, int number) : Caller(history, address)
{
    /// <summary>The newest revision told of each tenant.</summary>
    public ConcurrentDictionary<string, long> Held { get; } = new();

    protected override async Task<bool> CallAsync(CancellationToken stopping)
    {
        var request = new WatchActiveCredentialRequest();
        request.Tenants.AddRange(tenants.Select(tenant => new WatchedTenant { TenantId = tenant, KnownRevision = Held.GetValueOrDefault(tenant) }));
        using var call = Client.WatchActiveCredential(request, cancellationToken: stopping);
        try
        {
            while (await call.ResponseStream.MoveNext(stopping))
                Take(call.ResponseStream.Current);
            History.Surprises.Enqueue("surprise: a stream ended with OK");
            return false;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return true;
        }
        catch (RpcException e) when (IsOutage(e, "a stream"))
        {
            return false;
        }
    }

    private void Take(WatchActiveCredentialResponse message)
    {
        if (message.Credential is null && message.Unavailable is null)
            return;
        var seen = SeenIn(message.Credential, message.Unavailable, users);
        History.Messages.Enqueue(new(number, History.Now, seen));
        Held[seen.Tenant] = seen.Revision;
    }
}
