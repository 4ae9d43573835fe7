using System.Text.Json;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>What Salesforce reports about a token, without changing the token.</summary>
internal abstract record Introspection
{
    private Introspection()
    {
    }

    /// <param name="ExpireTime">When the token expires; null if that is not reported.</param>
    /// <param name="IssueTime">When the token was issued; null if that is not reported.</param>
    public sealed record Active(DateTimeOffset? ExpireTime, DateTimeOffset? IssueTime = null) : Introspection;

    /// <summary>Expired, revoked, never issued, or issued to another app: it must never be presented again.</summary>
    public sealed record Inactive : Introspection;

    /// <summary>The state is unknown; ask again later.</summary>
    public sealed record Unclear(Failure Failure) : Introspection;

    public static Introspection Of(CallResult result, DateTimeOffset now) => result switch
    {
        CallResult.Answered { Status: 200 } answered when JsonAnswers.ParseObject(answered.Body) is { } root && root.Member("active") is { } active =>
            active.ValueKind switch
            {
                JsonValueKind.True => new Active(Seconds(root, "exp"), Seconds(root, "iat")),
                JsonValueKind.False => new Inactive(),
                _ => new Unclear(OAuthCalls.Failure(result, now)),
            },
        _ => new Unclear(OAuthCalls.Failure(result, now)),
    };

    // Epoch seconds, unlike issued_at. Values beyond the range of DateTimeOffset are ignored.
    private static DateTimeOffset? Seconds(JsonElement root, string name) =>
        root.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var seconds)
            && seconds is > 0 and <= 253_402_300_799
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
