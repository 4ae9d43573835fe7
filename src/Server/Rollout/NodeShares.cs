namespace GrpcCreds.Server.Rollout;

/// <summary>
/// Limits how many nodes this server keeps per caller, over all tenants. A caller may give its nodes any number of names, and each is kept for a day after it
/// was last seen.
/// </summary>
internal sealed class NodeShares
{
    /// <summary>More than twice the number of tenants that one caller may watch at the same time by default.</summary>
    public const int MaxPerCaller = 250_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, int> byCaller = new(StringComparer.Ordinal);

    /// <returns>False if the caller has the maximum number of nodes.</returns>
    public bool TryTake(string caller)
    {
        lock (gate)
        {
            var own = byCaller.GetValueOrDefault(caller);
            if (own >= MaxPerCaller)
                return false;
            byCaller[caller] = own + 1;
            return true;
        }
    }

    public void Return(string caller)
    {
        lock (gate)
        {
            if (--byCaller[caller] == 0)
                byCaller.Remove(caller);
        }
    }
}
