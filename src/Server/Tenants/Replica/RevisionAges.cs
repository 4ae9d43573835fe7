using System.Collections.Concurrent;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Replica;

/// <summary>
/// When this server first saw a commit, by its own monotonic clock. A server that did not make a claim itself measures the claim's age from
/// here: the owner's clock, or this server's wall clock, may be wrong by any amount.
/// </summary>
/// <remarks>
/// For each tenant it keeps what it learned within the last <see cref="Claims.Lifetime"/>, and the newest before that: of the commits within
/// <see cref="Grain"/> only the newest, so a claim may count as up to so much younger.
/// </remarks>
internal sealed class RevisionAges(TimeProvider clock)
{
    private static readonly TimeSpan Grain = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<TenantId, Sighting[]> sightings = new();

    /// <summary>
    /// The tenant's record was read and opens: it has exactly this rev. Higher revs seen before the read belong to no record: they were damage, or
    /// the store lost them. They must not make a future claim count as old.
    /// </summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="rev">Its rev.</param>
    /// <param name="began">When the read began, as a timestamp of the clock.</param>
    public void Opened(TenantId tenant, long rev, long began)
    {
        if (sightings.TryGetValue(tenant, out var known) && known[^1].Rev > rev && known.Any(sighting => IsVoid(sighting)))
        {
            var left = known.Where(sighting => !IsVoid(sighting)).ToArray();
            // If another thread changed it in the meantime, the next read finds the rest.
            if (left.Length == 0)
                sightings.TryRemove(new(tenant, known));
            else
                sightings.TryUpdate(tenant, left, known);
        }
        Saw(tenant, rev);

        bool IsVoid(Sighting sighting) => sighting.Rev > rev && sighting.At < began;
    }

    /// <summary>The store reports this rev for the tenant's record, or a higher one.</summary>
    public void Saw(TenantId tenant, long rev)
    {
        if (rev <= 0)
            return;
        sightings.AddOrUpdate(
            tenant,
            static (_, seen) => [seen],
            (_, known, seen) => known[^1].Rev < seen.Rev ? With(known, seen) : known,
            new Sighting(rev, clock.GetTimestamp()));
    }

    /// <summary>
    /// The newest commit of a tenant that this server has known for a claim's lifetime; 0: none. Claims up to this commit are over.
    /// </summary>
    public long RipeRev(TenantId tenant) =>
        sightings.TryGetValue(tenant, out var known) && LastRipe(known, clock.GetTimestamp()) is var ripe and >= 0 ? known[ripe].Rev : 0;

    /// <summary>The newest rev that the store has reported for the tenant's record; 0: none.</summary>
    public long NewestRev(TenantId tenant) => sightings.TryGetValue(tenant, out var known) ? known[^1].Rev : 0;

    private Sighting[] With(Sighting[] known, Sighting seen)
    {
        var from = Math.Max(LastRipe(known, seen.At), 0);
        var to = known.Length - from > 1 && clock.GetElapsedTime(known[^2].At, seen.At) < Grain ? known.Length - 1 : known.Length;
        return [.. known.AsSpan(from, to - from), seen];
    }

    private int LastRipe(Sighting[] known, long now) =>
        Array.FindLastIndex(known, sighting => clock.GetElapsedTime(sighting.At, now) >= Claims.Lifetime);

    private sealed record Sighting(long Rev, long At);
}
