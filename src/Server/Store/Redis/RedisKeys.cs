using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>The names of the keys. All keys of a partition share a hash tag, so that one script may use them together.</summary>
/// <remarks>
/// <code>
/// {gc}:meta               hash        deployment, format, partitions, key:&lt;key id&gt;, sealing, marked
/// {gc}:servers            hash        server -> "ms by Redis's clock, ms by its own, about": its last heartbeat
/// {gc:&lt;p&gt;}:of             string      the deployment: tells that the partition was not emptied by itself, as one shard of a Cluster may be
/// {gc:&lt;p&gt;}:seq            string      counter of commits
/// {gc:&lt;p&gt;}:ix             sorted set  tenant -> seq: a change log that compacts itself
/// {gc:&lt;p&gt;}:due            sorted set  tenant -> ms: next renewal or job
/// {gc:&lt;p&gt;}:r:&lt;tenant&gt;     hash        rev, key, sealed
/// {gc:&lt;p&gt;}:q:&lt;tenant&gt;     hash        request id -> the remembered request (<see cref="RedisRequest"/>)
/// {gc:&lt;p&gt;}:qt:&lt;tenant&gt;    sorted set  request id -> seq of its commit: finds the oldest without reading them all
/// {gc:&lt;p&gt;}:a:&lt;tenant&gt;     stream      rev, sealed: audit entries of writes
/// {gc:&lt;p&gt;}:n:&lt;tenant&gt;     hash        node entry -> value         both expire 25 h after the last was set
/// {gc:&lt;p&gt;}:nx:&lt;tenant&gt;    sorted set  node entry -> version: finds what was set since, without reading them all
/// {gc:&lt;p&gt;}:d:&lt;tenant&gt;     stream      id, sealed: audit entries of disclosures
/// gc:refusals             stream      id, sealed: audit entries of refused calls, outside the partitions
/// gc:guard:&lt;key&gt;          string      a guard entry (<see cref="GuardScript"/>), outside the partitions; expires automatically
/// {gc:mark:&lt;n&gt;}           string      empty: the write that the barrier of a shard waits for (<see cref="RedisBarrier"/>)
/// gc:changes              channel     "look again"
///
/// gc:meta, gc:servers     as {gc}:meta and {gc}:servers, of versions that knew no Cluster; read (<see cref="OldLayout"/>), never written
/// </code>
/// </remarks>
internal readonly struct RedisKeys(int partition)
{
    public static readonly RedisKey Meta = "{gc}:meta";
    public static readonly RedisKey Refusals = "gc:refusals";
    public static readonly RedisChannel Changes = RedisChannel.Literal("gc:changes");

    public static readonly RedisKey Servers = "{gc}:servers";

    public static string Mark(int number) => $"{{gc:mark:{number}}}";

    public static RedisKey Guard(string key) => $"gc:guard:{key}";

    public RedisKey Owner => $"{{gc:{partition}}}:of";

    public RedisKey Seq => $"{{gc:{partition}}}:seq";

    public RedisKey Index => $"{{gc:{partition}}}:ix";

    public RedisKey Due => $"{{gc:{partition}}}:due";

    public static RedisKeys Of(TenantId tenant, int partitions) => new(Partition.Of(tenant, partitions));

    public static RedisKey Journal(AuditJournal journal, int partitions) =>
        journal.Tenant is { } tenant ? Of(tenant, partitions).Disclosures(tenant) : Refusals;

    public RedisKey Record(TenantId tenant) => $"{{gc:{partition}}}:r:{tenant}";

    public RedisKey Requests(TenantId tenant) => $"{{gc:{partition}}}:q:{tenant}";

    public RedisKey RequestOrder(TenantId tenant) => $"{{gc:{partition}}}:qt:{tenant}";

    public RedisKey Nodes(TenantId tenant) => $"{{gc:{partition}}}:n:{tenant}";

    public RedisKey NodeIndex(TenantId tenant) => $"{{gc:{partition}}}:nx:{tenant}";

    public RedisKey Audit(TenantId tenant) => $"{{gc:{partition}}}:a:{tenant}";

    public RedisKey Disclosures(TenantId tenant) => $"{{gc:{partition}}}:d:{tenant}";
}
