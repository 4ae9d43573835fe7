namespace GrpcCreds.Server.Rollout;

/// <summary>
/// How many nodes this server keeps of each caller, over all tenants. A caller may give its nodes any number of names, and each is kept for a day after it
/// was last there.
/// </summary>
internal sealed class NodeShares
{
    /// <summary>More than twice what one caller may watch at the same time by default.</summary>
    public const int MaxPerCaller = 250_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, int> byCaller = new(StringComparer.Ordinal);

    /// <returns>false: the caller has as many as are kept.</returns>
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
