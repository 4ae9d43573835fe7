namespace GrpcCreds.Server.Watch;

/// <summary>Limits the repairs of the store that nodes can cause: one per minute and tenant, and a number of tenants per minute on one server.</summary>
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

    /// <summary>Records that the repair failed, so that it may be retried at once.</summary>
    public void Failed(TenantId tenant)
    {
        lock (gate)
            begun.Remove(tenant);
    }
}
