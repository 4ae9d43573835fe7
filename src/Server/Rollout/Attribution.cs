using GrpcCreds.Server.Store;


namespace GrpcCreds.Server.Rollout;

/// <summary>
/// Finds the node that a report counts for. A process may leave its instance_id out of its reports, or out of its stream: as long as it is the only one of
/// its name that is there, over all servers as far as this one knows, the report is that one's.
/// </summary>
internal sealed class Attribution(NodeRegistry registry, Fleets fleets)
{
    /// <returns>null if nobody can tell: several processes of this name are there, and the report does not say which it is.</returns>
    /// <exception cref="StoreUnavailableException"/>
    public async Task<NodeName?> OfAsync(TenantId tenant, NodeName said, CancellationToken cancellationToken)
    {
        if (registry.HasStream(tenant, said) || (said.InstanceId != "" && registry.Knows(tenant, said)))
            return said;
        var known = (await fleets.ReadAsync(tenant, cancellationToken)).Picture().Named(said);
        var connected = known.Where(node => node.Presence == Presence.Connected).Select(node => node.Name).Union(registry.Streams(tenant, said)).ToList();
        if (connected.Contains(said))
            return said;
        // It says which process it is: it is another one than those that say so, too.
        if (said.InstanceId != "")
            return connected is [{ InstanceId: "" } unnamed] && !known.Any(node => node.Name == said) ? unnamed : said;
        if (connected.Count == 0)
            connected = [.. known.Where(node => node.IsExpected).Select(node => node.Name)];
        return connected.Count switch
        {
            0 => said,
            1 => connected[0],
            _ => null,
        };
    }
}
