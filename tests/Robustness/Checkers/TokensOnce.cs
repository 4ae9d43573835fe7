using GrpcCreds.SalesforceSimulator;

namespace GrpcCreds.Tests.Robustness.Checkers;

/// <summary>No refresh token is presented twice, nor to two requests at once, and no grant is lost.</summary>
internal static class TokensOnce
{
    public static IEnumerable<string> Find(IReadOnlyList<GrantEntry> grants)
    {
        foreach (var grant in grants)
        {
            foreach (var token in grant.RefreshTokens.Where(token => token.Refreshes > 1 || token.Reuses > 0))
                yield return $"twice: a refresh token of grant {grant.Number} was presented {token.Refreshes} times";
            if (grant.End is { } end)
                yield return $"twice: grant {grant.Number} ended: {end}";
        }
    }
}
