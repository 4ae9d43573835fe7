using GrpcCreds.Tests.Robustness.Traffic;

namespace GrpcCreds.Tests.Robustness.Checkers;

/// <summary>What a caller is told of a tenant only goes forward, also on the streams that it opens later.</summary>
internal static class Monotone
{
    public static IEnumerable<string> Find(History history, Truth truth)
    {
        foreach (var told in history.Messages.GroupBy(message => (message.Caller, message.Shown.Tenant)))
        {
            foreach (var (before, after) in told.Zip(told.Skip(1)))
            {
                if (after.Shown.Revision < before.Shown.Revision)
                    yield return $"back: {told.Key.Caller} was told revision {after.Shown.Revision} of {told.Key.Tenant} after {before.Shown.Revision}";
                if (before.Shown.Etag is not null && truth.PlaceOf(after.Shown) < truth.PlaceOf(before.Shown))
                    yield return $"back: {told.Key.Caller} was told {Users(after)} of {told.Key.Tenant} after {Users(before)}";
            }
        }

        static string Users(Message message) => string.Join('+', message.Shown.Users);
    }
}
