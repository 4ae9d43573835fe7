using GrpcCreds.Tests.Robustness.Traffic;

namespace GrpcCreds.Tests.Robustness.Checkers;

/// <summary>An etag stands for one state, whoever shows it; a write is applied once, however often it is sent.</summary>
internal static class Unique
{
    private static readonly string[] Applied = ["STAGED", "PENDING"];

    public static IEnumerable<string> Find(History history, Truth truth)
    {
        var states = new Dictionary<(string, string), string>();
        foreach (var (caller, _, shown) in history.Everything.Where(item => item.Shown.Etag is { Length: > 0 }))
        {
            var state = string.Join('+', shown.Users);
            if (!states.TryAdd((shown.Tenant, shown.Etag!), state) && states[(shown.Tenant, shown.Etag!)] is var other && other != state)
                yield return $"fork: {caller} was shown etag {shown.Etag} of {shown.Tenant} with {state}; it was {other} before";
        }
        foreach (var (tenant, found) in truth.Tenants)
        {
            var applied = found.Entries.Where(entry => Applied.Contains(entry.Outcome)).GroupBy(entry => entry.RequestId);
            foreach (var same in applied.Where(same => same.Count() > 1))
                yield return $"fork: {same.Key} of {tenant} was applied {same.Count()} times";
            foreach (var (before, after) in found.Entries.Zip(found.Entries.Skip(1)).Where(pair => pair.First.Rev >= pair.Second.Rev))
                yield return $"fork: {tenant} has rev {after.Rev} after rev {before.Rev}";
        }
    }
}
