using GrpcCreds.Tests.Robustness.Traffic;

namespace GrpcCreds.Tests.Robustness.Checkers;

/// <summary>A write with an etag is applied only to that state: of two with the same etag at most one, and nothing stands between it and that state.</summary>
internal static class CompareAndSet
{
    public static IEnumerable<string> Find(History history, Truth truth)
    {
        var places = new Dictionary<(string Tenant, string Etag), int>();
        foreach (var (_, _, shown) in history.Everything.Where(item => item.Shown.Etag is { Length: > 0 }))
            places[(shown.Tenant, shown.Etag!)] = truth.PlaceOf(shown);

        var compared = history.Acknowledged.Select(attempt => attempt.Write).Distinct().Where(write => write.Etag is not null).ToList();
        foreach (var same in compared.GroupBy(write => (write.Tenant, write.Etag)).Where(same => same.Count() > 1))
            yield return $"fork: {string.Join(" and ", same.Select(write => write.User))} of {same.Key.Tenant} both replaced {same.Key.Etag}";

        var ofTenant = history.Writes.Where(write => truth.PlaceOf(write) is not null).ToLookup(write => write.Tenant, write => truth.PlaceOf(write)!.Value);
        foreach (var write in compared)
        {
            if (truth.PlaceOf(write) is { } place && places.TryGetValue((write.Tenant, write.Etag!), out var before) && before >= 0
                && ofTenant[write.Tenant].Any(other => other > before && other < place))
                yield return $"fork: {write.User} of {write.Tenant} replaced {write.Etag}, and another write stands between";
        }
    }
}
