using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Watch;

/// <summary>What a status watch says, in the contract's words, and what of it does not stand in a record.</summary>
internal interface IStatusMessages<T>
    where T : class
{
    /// <summary>Whether the stream ends once <see cref="HasCome"/> of every tenant.</summary>
    bool EndsWhenAllHaveCome { get; }

    /// <summary>Calls <paramref name="changed"/> whenever <see cref="Of"/> may say something else of the same reading, until disposed; it only takes note.</summary>
    Task<IDisposable> FollowAsync(TenantId tenant, Action changed, CancellationToken cancellationToken);

    /// <summary>The tenant's status. Only between <see cref="FollowAsync"/> and the end of that.</summary>
    T Of(RecordSnapshot snapshot);

    /// <summary>The same for a foreign tenant and one that does not exist.</summary>
    T NotPermitted(TenantId tenant);

    /// <summary>Whether a status is what the caller waits for.</summary>
    bool HasCome(T status);

    T Synced();

    T Heartbeat(DateTimeOffset asOf, IEnumerable<TenantId> stale);
}
