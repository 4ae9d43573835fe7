using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Watch;

/// <summary>The audience of every watched tenant.</summary>
internal sealed class Audiences(View view, Disclosures disclosures, BackgroundWork work)
{
    private readonly Dictionary<TenantId, Audience> audiences = [];

    /// <summary>Adds a stream, until <see cref="Leave"/>.</summary>
    /// <param name="tenant">The tenant it watches.</param>
    /// <param name="to">The caller and its call.</param>
    /// <param name="changed">Called on any thread when there is something new to send; it must only take note.</param>
    public Listener Join(TenantId tenant, Origin to, Action<TenantId> changed)
    {
        var listener = new Listener(to, changed);
        lock (audiences)
        {
            if (!audiences.TryGetValue(tenant, out var audience))
                audiences[tenant] = audience = new Audience(tenant, view, disclosures, work);
            audience.Add(listener);
        }
        return listener;
    }

    public void Leave(TenantId tenant, Listener listener)
    {
        lock (audiences)
        {
            if (audiences.TryGetValue(tenant, out var audience) && audience.Remove(listener))
                audiences.Remove(tenant);
        }
    }
}
