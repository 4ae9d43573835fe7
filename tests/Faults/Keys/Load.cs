using System.Collections.Concurrent;
using Grpc.Core;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Faults.Keys;

/// <summary>
/// Writes and reads until it is stopped, on all servers in turn. A call without an answer is sent again with the same request id, as the contract asks
/// for. Any other error is a failed call.
/// </summary>
internal sealed class Load(IReadOnlyList<SyncCredentials.SyncCredentialsClient> clients, IReadOnlyList<string> tenants) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource stop = new();
    private Task running = Task.CompletedTask;

    public ConcurrentQueue<string> Failures { get; } = [];

    /// <summary>The last write of each tenant, and what it was answered.</summary>
    public ConcurrentDictionary<string, (SetPasswordCredentialRequest Request, SetPasswordCredentialResponse Answer)> Last { get; } = [];

    public int Calls { get; private set; }

    /// <summary>One caller for each tenant: its last answer is the current state.</summary>
    public void Start() => running = Task.WhenAll(tenants.Select((tenant, number) => Task.Run(() => RunAsync(tenant, number))));

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await running.WaitAsync(Waiting.Long);
    }

    public void Dispose() => stop.Dispose();

    private async Task RunAsync(string tenant, int server)
    {
        for (var round = 0; !stop.IsCancellationRequested; round++)
        {
            var write = StagedPassword(tenant, $"{tenant}-{round}@keys.test");
            if (await AnsweredAsync(server + round, client => client.SetPasswordCredentialAsync(write)) is { } set)
                Last[tenant] = (write, set);
            var read = await AnsweredAsync(server + round, client => client.GetCredentialStatusAsync(new() { TenantId = tenant }));
            if (read is not null && Last.TryGetValue(tenant, out var last) && read.Status.Etag != last.Answer.Status.Etag)
                Failures.Enqueue($"{tenant} was read with another etag than its last write was answered with");
            Calls += 2;
            await Task.Delay(Pause);
        }
    }

    private async Task<T?> AnsweredAsync<T>(int server, Func<SyncCredentials.SyncCredentialsClient, AsyncUnaryCall<T>> call)
        where T : class
    {
        for (var until = DateTime.UtcNow + Waiting.Long; ; server++)
        {
            try
            {
                return await call(clients[server % clients.Count]);
            }
            // A killed server's connection may also end with a reset.
            catch (RpcException e)
                when ((e.StatusCode == StatusCode.Unavailable || (e.StatusCode == StatusCode.Internal && e.Trailers.Count == 0)) && DateTime.UtcNow < until)
            {
                await Task.Delay(Pause);
            }
            catch (RpcException e)
            {
                Failures.Enqueue($"{e.StatusCode}: {e.Status.Detail}");
                return null;
            }
        }
    }

    /// <summary>A write that needs no Salesforce.</summary>
    public static SetPasswordCredentialRequest StagedPassword(string tenant, string username) => new()
    {
        TenantId = tenant, Username = username, Password = "s3cret", SecurityToken = "", Activation = Activation.Staged, RequestId = Guid.NewGuid().ToString(),
    };
}
