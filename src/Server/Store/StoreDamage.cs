using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrpcCreds.Server.Store;

/// <summary>
/// The damage found in the store. Each place is logged once, and health shows it until it is found intact again or the server is restarted.
/// Damage is never read as "there is none", and affects only the tenant it belongs to.
/// </summary>
/// <remarks>A stored name that is not a valid name is not repeated: anything could have been written there.</remarks>
internal sealed partial class StoreDamage(ILogger<StoreDamage> log) : IHealthCheck
{
    /// <summary>Places that are tracked separately; beyond them, health only shows that there are more.</summary>
    private const int MaxPlaces = 1000;

    private const int MaxLogged = 100;
    private const int MaxNamed = 20;

    private readonly ConcurrentDictionary<Place, bool> places = new();
    private int logged;
    private volatile bool more;

    /// <summary>For a store on its own, whose damage is reported to no one.</summary>
    public static StoreDamage Untold() => new(NullLogger<StoreDamage>.Instance);

    /// <summary>Reports damage to anything but a record: an index, remembered requests, nodes, servers, the audit, the meta entry.</summary>
    public void Found(string what, TenantId? tenant = null)
    {
        if (IsNew(new(what, tenant)))
            Log.Found(log, new Place(what, tenant).ToString());
    }

    /// <summary>Reports that a tenant's record is lost or does not open.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="rev">The stored rev; 0 if the record is lost.</param>
    public void Unreadable(TenantId tenant, long rev)
    {
        if (IsNew(new(Record, tenant)))
            Log.Unreadable(log, tenant, rev);
    }

    /// <summary>Reports that a tenant's record opens.</summary>
    public void Opened(TenantId tenant) => Whole(Record, tenant);

    public void Whole(string what, TenantId? tenant = null)
    {
        if (!places.IsEmpty)
            places.TryRemove(new(what, tenant), out _);
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(places.IsEmpty ? HealthCheckResult.Healthy("no damage was found") : HealthCheckResult.Degraded($"DAMAGED: {Report()}"));

    private const string Record = "record";

    private string Report()
    {
        var found = places.Keys.Select(place => place.ToString()).Order(StringComparer.Ordinal).ToList();
        var unnamed = found.Count - MaxNamed;
        return string.Join(", ", found.Take(MaxNamed)) + (more ? " and many more" : unnamed > 0 ? $" and {unnamed} more" : "");
    }

    private bool IsNew(Place place)
    {
        if (places.ContainsKey(place))
            return false;
        if (places.Count >= MaxPlaces)
        {
            more = true;
            return false;
        }
        if (!places.TryAdd(place, true))
            return false;
        var number = Interlocked.Increment(ref logged);
        if (number == MaxLogged)
            Log.More(log, MaxLogged);
        return number < MaxLogged;
    }

    private readonly record struct Place(string What, TenantId? Tenant)
    {
        public override string ToString() => Tenant is { } tenant ? $"{What} of tenant {tenant}" : What;
    }

    private static partial class Log
    {
        [LoggerMessage(230, LogLevel.Error,
            "The record of tenant {Tenant}, rev {Rev}, cannot be unsealed: it was damaged, or its key is missing on this server. "
            + "Restore the record or the key; its nodes keep their current state")]
        public static partial void Unreadable(ILogger logger, TenantId tenant, long rev);

        [LoggerMessage(231, LogLevel.Warning, "Damage in the store: {Place}. It is skipped; find out which client writes to the store")]
        public static partial void Found(ILogger logger, string place);

        [LoggerMessage(232, LogLevel.Error, "More damage was found in the store than the {Count} places that were logged; health shows more")]
        public static partial void More(ILogger logger, int count);
    }
}
