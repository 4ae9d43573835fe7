namespace GrpcCreds.Server.Store.Redis;

/// <summary>Finds out who says where the primaries are, and what it means if nobody does.</summary>
internal static class TopologySources
{
    /// <exception cref="StoreUnavailableException">No named server answers.</exception>
    /// <exception cref="StoreRefusedException">What the settings name is not supported.</exception>
    public static async Task<ITopologySource> DetectAsync(RedisTarget target, int? replicas, RedisInquiry inquiry, CancellationToken cancellationToken)
    {
        if (target.ServiceName is not null)
            return new SentinelTopology(target, replicas);
        for (var i = 0; ; i++)
        {
            try
            {
                if (await inquiry.AskAsync(target.Named[i], server => RedisChecks.IsClusterAsync(server, cancellationToken), cancellationToken))
                    return new ClusterTopology(target, replicas);
                return target.Named.Count == 1 ? new NamedServer(target.Named[0], replicas ?? 0) : throw new StoreRefusedException(
                    StoreReason.TopologyUnsupported,
                    $"{RedisSettings.Name} names several servers that form no Cluster; name one, or the Sentinels that watch them (serviceName=)");
            }
            catch (StoreUnavailableException) when (i + 1 < target.Named.Count)
            {
                // Another node may answer.
            }
        }
    }

    /// <summary>Why nobody names a primary. Servers that are only not there may come back; a refusal is final.</summary>
    public static StoreUnavailableException Silence(ITopologySource source, RedisTarget target)
    {
        var text = Text(source, target);
        return source.Failures.Count > 0 && source.Failures.All(one => one.Failure is RespErrorException error && (error.IsLogin || error.IsRefusal))
            ? new RedisLoginRefusedException(text)
            : new StoreUnavailableException(text);
    }

    private static string Text(ITopologySource source, RedisTarget target)
    {
        var (server, command, allow) = target.Sentinel is null
            ? ("node", "CLUSTER NODES", "+cluster|nodes")
            : ("Sentinel", "SENTINEL MASTER or SENTINEL REPLICAS", "+sentinel|master +sentinel|replicas");
        return source.Failures is not [.., var (endPoint, failure)]
            ? $"the servers at {target} name no primary: they form no Cluster yet, or it has no slots"
            : $"the {server} at {RedisAddress.Show(endPoint)} " + failure switch
            {
                RespErrorException { IsRefusal: true } => $"refuses {command}; grant its ACL user {allow}",
                _ => RedisProbe.Cause(failure, target.Sentinel ?? target.Redis, target.Sentinel is not null)?.Cause ?? "does not answer",
            };
    }
}
