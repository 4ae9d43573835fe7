using GrpcCreds.Tests.Robustness.Traffic;

namespace GrpcCreds.Tests.Robustness.Checkers;

/// <summary>The audit says of every session that a caller received that it was sent.</summary>
internal static class Audited
{
    public static IEnumerable<string> Find(History history, Truth truth)
    {
        var sessions = history.Everything.Select(item => item.Shown).Where(shown => shown is { Etag: null, Users.Count: > 0 });
        foreach (var (tenant, revision) in sessions.Select(shown => (shown.Tenant, shown.Revision)).Distinct())
        {
            if (!truth.Tenants[tenant].Disclosed.Contains(revision))
                yield return $"not in the audit: revision {revision} of {tenant} was received";
        }
    }
}
