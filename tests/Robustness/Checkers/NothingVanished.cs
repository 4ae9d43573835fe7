using GrpcCreds.Tests.Robustness.Traffic;

namespace GrpcCreds.Tests.Robustness.Checkers;

/// <summary>Everything that anybody was shown is a commit that is still there, with the revision that it was shown with.</summary>
internal static class NothingVanished
{
    public static IEnumerable<string> Find(History history, Truth truth)
    {
        var revisions = truth.Tenants.ToDictionary(tenant => tenant.Key, tenant => tenant.Value.Entries.Select(entry => entry.Revision).ToHashSet());
        var told = new HashSet<(string, string)>();
        foreach (var (caller, at, shown) in history.Everything)
        {
            foreach (var user in shown.Users.Where(user => truth.WriteOf(user) is { } write && truth.PlaceOf(write) is null && told.Add((shown.Tenant, user))))
                yield return $"vanished: {caller} was shown {user} of {shown.Tenant} at {at}";
            if (shown.Revision > 0 && !revisions[shown.Tenant].Contains(shown.Revision) && told.Add((shown.Tenant, $"{shown.Revision}")))
                yield return $"vanished: {caller} was shown revision {shown.Revision} of {shown.Tenant} at {at}";
        }
    }
}
