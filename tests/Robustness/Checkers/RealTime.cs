using GrpcCreds.Tests.Robustness.Traffic;

namespace GrpcCreds.Tests.Robustness.Checkers;

/// <summary>
/// What begins after a write was acknowledged comes after it: a read, at whichever service, shows it or a later one, and a write stands behind it.
/// </summary>
internal static class RealTime
{
    public static IEnumerable<string> Find(History history, Truth truth)
    {
        var begun = history.Attempts.GroupBy(attempt => attempt.Write).ToDictionary(of => of.Key, of => of.Min(attempt => attempt.Invoked));
        foreach (var ofTenant in history.Acknowledged.GroupBy(attempt => attempt.Write.Tenant))
        {
            var acknowledged = ofTenant.ToList();
            var reads = history.Reads.Where(read => read.Shown.Tenant == ofTenant.Key).Select(read => (read.Invoked, Read: (Read?)read, Write: (Write?)null));
            var writes = acknowledged.Select(attempt => attempt.Write).Distinct().Select(write => (Invoked: begun[write], (Read?)null, (Write?)write));
            var (next, newest, revision) = (0, -1, 0L);
            foreach (var (invoked, read, write) in reads.Concat(writes).OrderBy(item => item.Invoked))
            {
                for (; next < acknowledged.Count && acknowledged[next].Returned < invoked; next++)
                {
                    newest = Math.Max(newest, truth.PlaceOf(acknowledged[next].Write) ?? -1);
                    revision = Math.Max(revision, acknowledged[next].Shown!.Revision);
                }
                if (write is not null && truth.PlaceOf(write) < newest)
                    yield return $"stale: {write.User} of {ofTenant.Key} began after another write was acknowledged, and stands before it";
                if (read is { Shown.Etag: not null } && truth.PlaceOf(read.Shown) < newest)
                    yield return $"stale: service {read.Service} showed {truth.PlaceOf(read.Shown)} of {ofTenant.Key} at {read.Returned}; {newest} was due";
                if (read is not null && (read.MinRevision ?? revision) is var least && read.Shown.Revision < least)
                    yield return $"stale: service {read.Service} showed revision {read.Shown.Revision} of {ofTenant.Key} at {read.Returned}; {least} was due";
            }
        }
    }
}
