using GrpcCreds.Server.Store;


namespace GrpcCreds.Server.Rollout;

/// <summary>
/// Finds the node that a report counts for. A process may omit its instance_id in its reports or in its stream: if it is the only present process of its
/// name, over all servers as far as this server knows, the report counts for it.
/// </summary>
internal sealed class Attribution(NodeRegistry registry, Fleets fleets)
{
    /// <returns>Null if this cannot be determined: several processes of this name are present, and the report does not say which one sent it.</returns>
    /// <exception cref="StoreUnavailableException"/>
    public async Task<NodeName?> OfAsync(TenantId tenant, NodeName said, CancellationToken cancellationToken)
    {
        if (registry.HasStream(tenant, said) || (said.InstanceId != "" && registry.Knows(tenant, said)))
            return said;
        var known = (await fleets.ReadAsync(tenant, cancellationToken)).Picture().Named(said);
        var connected = known.Where(node => node.Presence == Presence.Connected).Select(node => node.Name).Union(registry.Streams(tenant, said)).ToList();
        if (connected.Contains(said))
            return said;
        // The report names its process, so that process is not one of the others that name themselves.
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
