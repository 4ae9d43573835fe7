using GrpcCreds.Tests.Robustness.Traffic;

namespace GrpcCreds.Tests.Robustness.Checkers;

/// <summary>Every acknowledged write is there at the end, nothing was lost and repaired, and the chain of commits has no gap.</summary>
internal static class Durable
{
    public static IEnumerable<string> Find(History history, Truth truth)
    {
        foreach (var attempt in history.Acknowledged.Where(attempt => truth.PlaceOf(attempt.Write) is null).DistinctBy(attempt => attempt.Write))
            yield return $"lost: {attempt.Write.RequestId} ({attempt.Write.User}) of {attempt.Write.Tenant}, acknowledged at {attempt.Returned}";
        foreach (var (tenant, found) in truth.Tenants)
        {
            foreach (var repair in found.Entries.Where(entry => entry.Method == "ROLLED_BACK"))
                yield return $"lost: {tenant} was rolled back and repaired by rev {repair.Rev}";
            if (found.Chain is not null)
                yield return $"lost: the chain of {tenant}: {found.Chain}";
        }
    }
}
