using Grpc.Core;
using Grpc.Net.Client;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Faults.Crash;

/// <summary>Common to a run's writers, readers and watchers: each has its own connection, and they interpret answers alike.</summary>
internal abstract class Caller(History history, Uri address) : IDisposable
{
    // Waits for a server that is being started, without keeping both cores from starting it.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly GrpcChannel channel = GrpcChannel.ForAddress(address);

    protected History History => history;

    protected SyncCredentials.SyncCredentialsClient Client => field ??= new(channel);

    protected static DateTime Deadline => DateTime.UtcNow + Patience;

    /// <summary>Calls until told to stop.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            if (!await CallAsync(stopping))
                await Task.Delay(Pause, CancellationToken.None);
        }
    }

    public void Dispose() => channel.Dispose();

    /// <returns>Whether somebody answered.</returns>
    protected abstract Task<bool> CallAsync(CancellationToken stopping);

    /// <summary>A failure that leaves open what was done, and that a kill explains.</summary>
    protected bool IsOutage(RpcException e, string call)
    {
        // A status of the server's own has details; what a broken connection looks like has none.
        var saidByServer = e.Trailers.Any(entry => entry.Key == "grpc-status-details-bin");
        if (e.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled
            || (!saidByServer && e.StatusCode == StatusCode.Internal))
            return true;
        // Also a user that was switched on too often is refused, to protect it.
        if (e.StatusCode is not (StatusCode.Aborted or StatusCode.FailedPrecondition or StatusCode.ResourceExhausted))
            History.Surprises.Enqueue($"surprise: {call} was answered with {e.StatusCode}: {e.Status.Detail}");
        return false;
    }

    protected static Seen SeenIn(CredentialStatus status) => new(status.TenantId, status.Revision, status.Availability switch
    {
        Availability.Serving => status.Modes.Single(mode => mode.Mode == status.ActiveMode).Current.Username,
        var other => other.ToString(),
    });

    protected static Seen SeenIn(ActiveCredential? credential, CredentialUnavailable? unavailable, Users users) => credential is null
        ? new(unavailable!.TenantId, unavailable.Revision, unavailable.Cause.ToString())
        : new(credential.TenantId, credential.Revision, users.NameOf(credential.Session.UserId));
}
