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
    /// sent last. What is equal to what was sent last is not sent again.
    /// </summary>
    /// <param name="caller">Who watches.</param>
    /// <param name="tenant">What.</param>
    /// <param name="map">Makes the message of a reading, and of what else there is to it.</param>
    /// <param name="follow">Has its argument called whenever <paramref name="map"/> may say something else of the same reading.</param>
    /// <param name="reached">Whether this message is what the caller waits for.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="abort">Cuts the stream from outside.</param>
    /// <param name="cancellationToken">The call's.</param>
    public async Task<StreamEnd> RunAsync<T>(
        Caller caller,
        TenantId tenant,
        Func<Reading, T> map,
        Func<Action, Task<IDisposable>> follow,
        Func<T, bool> reached,
        IServerStreamWriter<T> stream,
        Action abort,
        CancellationToken cancellationToken)
        where T : class
    {
        using var lifetime = new StreamLifetime(clock, caller.Ends, host.ApplicationStopping, CancellationToken.None, cancellationToken);
        using var writer = new StreamWriter<T>(stream, abort, limits, metrics, log);
        var mailbox = new Mailbox();
        T? sent = null;
        using var watch = view.Watch(tenant, mailbox.Changed);
        using var rights = caller.OnChange(mailbox.Ring);
        using var more = await follow(mailbox.Ring);
        try
        {
            var reading = await ledger.WatchedAsync(tenant, lifetime.Token);
            while (caller.May(Role.Viewer, tenant))
            {
                var next = map(reading);
                if (!next.Equals(sent))
                    await writer.WriteAsync(sent = next, more: false, lifetime.Token);
                if (reached(next))
                    return StreamEnd.Reached;
                await mailbox.WaitAsync(lifetime.Token);
                mailbox.Take();
                reading = view.Held(tenant) ?? reading;
            }
            return caller.IsKnown ? StreamEnd.NotPermitted : StreamEnd.CallerUnknown;
        }
        catch (OperationCanceledException) when (lifetime.Token.IsCancellationRequested)
        {
            return lifetime.End;
        }
    }
}
