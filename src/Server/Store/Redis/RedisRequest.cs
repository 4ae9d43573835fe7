using System.Globalization;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>A remembered request as one value: <c>&lt;ms since 1970&gt; &lt;rev&gt; &lt;fingerprint, hex&gt; &lt;result, to the end&gt;</c>.</summary>
/// <remarks>The commit script reads the time and replaces the result, so the first three hold no space.</remarks>
internal static class RedisRequest
{
    public static RedisValue Name(Guid id) => id.ToString("D");

    public static RedisValue Write(RequestEntry entry) => string.Create(
        CultureInfo.InvariantCulture,
        $"{entry.Time.ToUnixTimeMilliseconds()} {entry.Rev} {Convert.ToHexStringLower(entry.Fingerprint.Span)} {entry.Result}");

    public static RequestEntry Read(Guid id, string value)
    {
        if (value.Split(' ', 4) is not [var ms, var rev, var fingerprint, var result])
            throw new StoreUnavailableException("a remembered request in the store is damaged");
        return new RequestEntry(
            id,
            DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(ms, CultureInfo.InvariantCulture)),
            Convert.FromHexString(fingerprint),
            long.Parse(rev, CultureInfo.InvariantCulture),
            result);
    }
}
