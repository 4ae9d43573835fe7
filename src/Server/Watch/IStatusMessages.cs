using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Watch;

/// <summary>Creates the messages of a status watch, including the parts of a status that are not in the record.</summary>
internal interface IStatusMessages<T>
    where T : class
{
    /// <summary>Whether the stream ends once <see cref="HasCome"/> is true for every tenant.</summary>
    bool EndsWhenAllHaveCome { get; }

    /// <summary>
    /// Calls <paramref name="changed"/> whenever <see cref="Of"/> may return something else for the same snapshot, until disposed. The callback must only set
    /// a flag.
    /// </summary>
    Task<IDisposable> FollowAsync(TenantId tenant, Action changed, CancellationToken cancellationToken);

    /// <summary>The tenant's status. Call it only after <see cref="FollowAsync"/> and before its result is disposed.</summary>
    T Of(RecordSnapshot snapshot);

    /// <summary>The same message for another caller's tenant and one that does not exist.</summary>
    T NotPermitted(TenantId tenant);

    /// <summary>Whether a status is the one the caller waits for.</summary>
    bool HasCome(T status);

    T Synced();

    T Heartbeat(DateTimeOffset asOf, IEnumerable<TenantId> stale);
}
