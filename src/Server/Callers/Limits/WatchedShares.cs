namespace GrpcCreds.Server.Callers.Limits;

/// <summary>Counts the tenants watched by each caller and in total: each watched tenant costs the server memory.</summary>
internal sealed class WatchedShares(LimitsOptions limits)
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, int> byCaller = new(StringComparer.Ordinal);
    private long inAll;

    /// <summary>Counts tenants until the returned object is disposed.</summary>
    public IDisposable Take(string caller, int tenants, out LimitReached? reached)
    {
        lock (byCaller)
        {
            var own = byCaller.GetValueOrDefault(caller);
            reached = (long)own + tenants > limits.WatchedTenants ? new($"{LimitsOptions.Section}:{nameof(LimitsOptions.WatchedTenants)}", Retry)
                : inAll + tenants > limits.WatchedTenantsInAll ? new($"{LimitsOptions.Section}:{nameof(LimitsOptions.WatchedTenantsInAll)}", Retry)
                : null;
            if (reached is not null || tenants == 0)
                return new Share(this, caller, 0);
            byCaller[caller] = own + tenants;
            inAll += tenants;
            return new Share(this, caller, tenants);
        }
    }

    private void Return(string caller, int tenants)
    {
        lock (byCaller)
        {
            inAll -= tenants;
            if ((byCaller[caller] -= tenants) == 0)
                byCaller.Remove(caller);
        }
    }

    private sealed class Share(WatchedShares shares, string caller, int tenants) : IDisposable
    {
        private int left = tenants;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 0) is > 0 and var taken)
                shares.Return(caller, taken);
        }
    }
}
