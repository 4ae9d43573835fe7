using Grpc.Core;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Credentials;
using GrpcCreds.Server.Observability;

namespace GrpcCreds.Server.Watch;

/// <summary>Streams a tenant's status: as it is, and after every commit.</summary>
internal sealed class StatusWatch(View view, Ledger ledger, WriteLimits limits, ServiceMetrics metrics, TimeProvider clock, IHostApplicationLifetime host, ILogger<StatusWatch> log)
{
    /// <summary>
    /// Runs until the caller goes or may no longer see this, the server stops or the stream is old, or <paramref name="reached"/> holds of what was
    /// sent last. <paramref name="map"/> makes the message of a reading.
    /// </summary>
    public async Task<StreamEnd> RunAsync<T>(
        Caller caller,
        TenantId tenant,
        Func<Reading, T> map,
        Func<Reading, bool> reached,
        IServerStreamWriter<T> stream,
        Action abort,
        CancellationToken cancellationToken)
        where T : class
    {
        using var lifetime = new StreamLifetime(clock, caller.Ends, host.ApplicationStopping, cancellationToken);
        using var writer = new StreamWriter<T>(stream, abort, limits, metrics, log);
        var mailbox = new Mailbox();
        Reading? sent = null;
        using var watch = view.Watch(tenant, mailbox.Changed);
        using var rights = caller.OnChange(mailbox.Ring);
        try
        {
            var next = await ledger.WatchedAsync(tenant, lifetime.Token);
            while (caller.May(Role.Viewer, tenant))
            {
                if (sent is null || IsNew(next, sent))
                    await writer.WriteAsync(map(sent = next), more: false, lifetime.Token);
                if (reached(sent))
                    return StreamEnd.Reached;
                await mailbox.WaitAsync(lifetime.Token);
                mailbox.Take();
                next = view.Held(tenant) ?? sent;
            }
            return caller.IsKnown ? StreamEnd.NotPermitted : StreamEnd.CallerUnknown;
        }
        catch (OperationCanceledException) when (lifetime.Token.IsCancellationRequested)
        {
            return lifetime.End;
        }
    }

    private static bool IsNew(Reading next, Reading sent) => next != sent && !(next.IsUnreadable && sent.IsUnreadable);
}
