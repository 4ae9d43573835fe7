using Grpc.Core;
using GrpcCreds.Server.Credentials;
using GrpcCreds.Server.Observability;

namespace GrpcCreds.Server.Watch;

/// <summary>Streams a tenant's status: as it is, and after every commit.</summary>
internal sealed class StatusWatch(View view, Ledger ledger, WriteLimits limits, ServiceMetrics metrics, TimeProvider clock, IHostApplicationLifetime host, ILogger<StatusWatch> log)
{
    /// <summary>
    /// Runs until the caller goes, the server stops or the stream is old, or <paramref name="reached"/> holds of what was sent last.
    /// <paramref name="map"/> makes the message of a reading.
    /// </summary>
    public async Task<StreamEnd> RunAsync<T>(
        TenantId tenant, Func<Reading, T> map, Func<Reading, bool> reached, IServerStreamWriter<T> stream, Action abort, CancellationToken cancellationToken)
        where T : class
    {
        using var lifetime = new StreamLifetime(clock, host.ApplicationStopping, cancellationToken);
        using var writer = new StreamWriter<T>(stream, abort, limits, metrics, log);
        var mailbox = new Mailbox();
        using var watch = view.Watch(tenant, mailbox.Changed);
        try
        {
            for (var sent = await ledger.WatchedAsync(tenant, lifetime.Token); ; sent = await NextAsync(tenant, sent, mailbox, lifetime.Token))
            {
                await writer.WriteAsync(map(sent), more: false, lifetime.Token);
                if (reached(sent))
                    return StreamEnd.Reached;
            }
        }
        catch (OperationCanceledException) when (lifetime.Token.IsCancellationRequested)
        {
            return lifetime.End;
        }
    }

    private async Task<Reading> NextAsync(TenantId tenant, Reading sent, Mailbox mailbox, CancellationToken cancellationToken)
    {
        while (true)
        {
            await mailbox.WaitAsync(cancellationToken);
            mailbox.Take();
            if (view.Held(tenant) is { } reading && reading != sent && !(reading.IsUnreadable && sent.IsUnreadable))
                return reading;
        }
    }
}
