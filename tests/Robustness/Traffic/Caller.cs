using Grpc.Core;
using Grpc.Net.Client;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Robustness.Traffic;

/// <summary>Common to writers, readers and those that watch: they know all services, and interpret answers alike.</summary>
internal abstract class Caller : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly List<GrpcChannel> channels;

    protected Caller(History history, IEnumerable<Uri> services)
    {
        History = history;
        channels = [.. services.Select(address => GrpcChannel.ForAddress(address))];
        Services = [.. channels.Select(channel => new SyncCredentials.SyncCredentialsClient(channel))];
    }

    protected History History { get; }

    protected IReadOnlyList<SyncCredentials.SyncCredentialsClient> Services { get; }

    protected static DateTime Deadline => DateTime.UtcNow + TimeSpan.FromSeconds(4);

    /// <summary>Calls until told to stop.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            if (!await CallAsync(stopping))
                await Task.Delay(Pause, CancellationToken.None);
        }
    }

    public void Dispose() => channels.ForEach(channel => channel.Dispose());

    /// <returns>Whether somebody answered.</returns>
    protected abstract Task<bool> CallAsync(CancellationToken stopping);

    /// <summary>A failure that leaves open what was done, and that a fault explains.</summary>
    protected bool IsOutage(RpcException e, string call)
    {
        if (e.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled)
            return true;
        if (e.StatusCode != StatusCode.Aborted)
            History.Surprises.Enqueue($"surprise: {call} was answered with {e.StatusCode}: {e.Status.Detail}");
        return false;
    }

    protected static Shown ShownIn(CredentialStatus status)
    {
        var saved = status.Modes.Where(mode => mode.Mode == Mode.Password).SelectMany(mode => new[] { mode.Candidate, mode.Current });
        return new(status.TenantId, status.Revision, status.Etag, [.. saved.OfType<SavedCredential>().Select(credential => credential.Username)]);
    }
}
