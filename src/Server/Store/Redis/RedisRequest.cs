using System.Globalization;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>A remembered request as one value: <c>&lt;ms since 1970&gt; &lt;rev&gt; &lt;fingerprint, hex&gt; &lt;result, to the end&gt;</c>.</summary>
/// <remarks>The commit script reads the time and replaces the result, so the first three fields contain no space.</remarks>
internal static class RedisRequest
{
    public static RedisValue Name(Guid id) => id.ToString("D");

    public static RedisValue Write(RequestEntry entry) => string.Create(
        CultureInfo.InvariantCulture,
        $"{entry.Time.ToUnixTimeMilliseconds()} {entry.Rev} {Convert.ToHexStringLower(entry.Fingerprint.Span)} {entry.Result}");

    public static RequestEntry Read(Guid id, string value)
    {
        try
        {
            return value.Split(' ', 4) is [var ms, var rev, var fingerprint, var result]
                ? new RequestEntry(
                    id,
                    DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(ms, CultureInfo.InvariantCulture)),
                    Convert.FromHexString(fingerprint),
                    long.Parse(rev, CultureInfo.InvariantCulture),
                    result)
                : RequestEntry.Damaged(id);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or ArgumentException)
        {
            return RequestEntry.Damaged(id);
        }
    }
}
