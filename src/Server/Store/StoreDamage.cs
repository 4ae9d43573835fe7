using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrpcCreds.Server.Store;

/// <summary>
/// What was found damaged in the store. Each place is logged once, and health shows it until it is found whole again, or until the server is started
/// again. Damage is never read as "there is none", and costs no more than the tenant it is of.
/// </summary>
/// <remarks>A name that stands in the store and can be none is not repeated: who damaged it could have put anything there.</remarks>
internal sealed partial class StoreDamage(ILogger<StoreDamage> log) : IHealthCheck
{
    /// <summary>Places that are told apart; of what is found beyond them only health says that there is more.</summary>
    private const int MaxPlaces = 1000;

    private const int MaxLogged = 100;
    private const int MaxNamed = 20;

    private readonly ConcurrentDictionary<Place, bool> places = new();
    private int logged;
    private volatile bool more;

    /// <summary>For a store that stands alone, whose damage nobody is told.</summary>
    public static StoreDamage Untold() => new(NullLogger<StoreDamage>.Instance);

    /// <summary>Something that is no record: an index, what is remembered of requests, nodes, servers, the audit, the meta entry.</summary>
    public void Found(string what, TenantId? tenant = null)
    {
        if (IsNew(new(what, tenant)))
            Log.Found(log, new Place(what, tenant).ToString());
    }

    /// <summary>A tenant's record is lost, or does not open.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="rev">As it stands there; 0 if it is lost.</param>
    public void Unreadable(TenantId tenant, long rev)
    {
        if (IsNew(new(Record, tenant)))
            Log.Unreadable(log, tenant, rev);
    }

    /// <summary>A tenant's record opens.</summary>
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
        [LoggerMessage(230, LogLevel.Error, "The record of tenant {Tenant}, rev {Rev}, cannot be unsealed: it was damaged, or its key is not here. Restore the record or the key; its nodes keep what they have")]
        public static partial void Unreadable(ILogger logger, TenantId tenant, long rev);

        [LoggerMessage(231, LogLevel.Warning, "Damage in the store: {Place}. It is passed over; find out who writes to the store")]
        public static partial void Found(ILogger logger, string place);

        [LoggerMessage(232, LogLevel.Error, "More damage was found in the store than the {Count} places that were logged; health says more")]
        public static partial void More(ILogger logger, int count);
    }
}
