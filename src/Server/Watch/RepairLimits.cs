namespace GrpcCreds.Server.Watch;

/// <summary>How often what nodes hold may lead to a repair of the store: once a minute for a tenant, and for so many tenants a minute on one server.</summary>
internal sealed class RepairLimits(TimeProvider clock)
{
    public const int TenantsPerMinute = 6_000;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly Dictionary<TenantId, long> begun = [];
    private readonly Queue<(TenantId Tenant, long At)> order = [];

    /// <summary>Whether a repair of the tenant may begin now; if so, it is counted.</summary>
    public bool TryBegin(TenantId tenant)
    {
        lock (gate)
        {
            var now = clock.GetTimestamp();
            while (order.TryPeek(out var oldest) && clock.GetElapsedTime(oldest.At, now) >= Minute)
            {
                order.Dequeue();
                if (begun.TryGetValue(oldest.Tenant, out var at) && at == oldest.At)
                    begun.Remove(oldest.Tenant);
            }
            if (order.Count >= TenantsPerMinute || !begun.TryAdd(tenant, now))
                return false;
            order.Enqueue((tenant, now));
            return true;
        }
    }

    /// <summary>The repair failed: the tenant may be tried again at once.</summary>
    public void Failed(TenantId tenant)
    {
        lock (gate)
            begun.Remove(tenant);
    }
}
