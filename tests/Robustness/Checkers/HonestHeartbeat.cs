using GrpcCreds.Tests.Robustness.Traffic;

namespace GrpcCreds.Tests.Robustness.Checkers;

/// <summary>A heartbeat claims no moment at which something was already acknowledged that its caller has not been told.</summary>
internal static class HonestHeartbeat
{
    public static IEnumerable<string> Find(History history, Truth truth)
    {
        var acknowledged = history.Acknowledged.ToLookup(attempt => attempt.Write.Tenant);
        foreach (var beats in history.Beats.GroupBy(beat => beat.Caller))
        {
            var told = history.Messages.Where(message => message.Caller == beats.Key).ToLookup(message => message.Shown.Tenant);
            foreach (var beat in beats)
            {
                foreach (var tenant in beat.Tenants)
                {
                    var known = acknowledged[tenant].TakeWhile(attempt => attempt.Returned < beat.AsOf).ToList();
                    if (known.Count == 0)
                        continue;
                    var last = told[tenant].LastOrDefault(message => message.At <= beat.At)?.Shown;
                    var revision = known.Max(attempt => attempt.Shown!.Revision);
                    if ((last?.Revision ?? 0) < revision)
                        yield return $"dishonest: {beat.Caller} holds revision {last?.Revision} of {tenant}; at {beat.AsOf} it had to hold {revision}";
                    else if (last?.Etag is not null && truth.PlaceOf(last) < known.Max(attempt => truth.PlaceOf(attempt.Write) ?? -1))
                        yield return $"dishonest: {beat.Caller} holds {string.Join('+', last.Users)} of {tenant}; at {beat.AsOf} it had to hold a later state";
                }
            }
        }
    }
}
