using GrpcCreds.SalesforceSimulator;
using Xunit;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>The service's reports on one tenant's grants during a run.</summary>
/// <param name="IsInPlace">At the end one is in force, and was just renewed.</param>
/// <param name="LostRenewals">How often a person was asked to authorize again, because the answer to a renewal was lost.</param>
/// <param name="UnknownSetups">How many setups ended as OUTCOME_UNKNOWN.</param>
public sealed record GrantStory(bool IsInPlace, int LostRenewals = 0, int UnknownSetups = 0);

/// <summary>
/// Compares Salesforce's ledger with the service's reports: no refresh token is in use twice at once, none is presented after it was replaced, each
/// live grant is in place or its loss was reported, and no tenant was asked to authorize again without need.
/// </summary>
internal static class GrantWitness
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Checks one tenant. A replaced token is revoked a little later, so the test waits for that.</summary>
    public static async Task AssertAsync(GrantDeployment deployment, string tenant, GrantStory story)
    {
        var user = GrantDeployment.User(tenant);
        IReadOnlyList<string> Found() =>
            Violations(deployment.Simulator.Grants().Where(grant => grant.Username == user), new Dictionary<string, GrantStory> { [user] = story });
        for (var until = DateTime.UtcNow + Patience; Found().Count > 0 && DateTime.UtcNow < until;)
            await Task.Delay(20);
        Assert.Empty(Found());
    }

    /// <param name="grants">The ledger.</param>
    /// <param name="stories">By user. A grant that was just renewed shows that the token stored before was the newest, for else it had been ended.</param>
    public static IReadOnlyList<string> Violations(IEnumerable<GrantEntry> grants, IReadOnlyDictionary<string, GrantStory> stories)
    {
        var violations = new List<string>();
        foreach (var user in grants.GroupBy(grant => grant.Username))
        {
            foreach (var token in user.SelectMany(grant => grant.RefreshTokens))
            {
                if (token.MaxParallel > 1)
                    violations.Add($"parallel: {token.MaxParallel} refreshes at once with one token of {user.Key}");
                if (token.Reuses > 0)
                    violations.Add($"reuse: a token of {user.Key} was presented after it had been replaced");
            }
            var story = stories.GetValueOrDefault(user.Key) ?? new(IsInPlace: false);
            var living = user.Count(grant => grant.End is null);
            var orphans = living - (story.IsInPlace ? 1 : 0);
            if (orphans < 0)
                violations.Add($"ended: the grant in place of {user.Key} lives no more");
            if (orphans > story.LostRenewals + story.UnknownSetups)
                violations.Add($"lost: {orphans} grants of {user.Key} live in nobody's hands, and {story.LostRenewals + story.UnknownSetups} losses were told");
            if (orphans >= 0 && orphans < story.LostRenewals)
                violations.Add($"false alarm: {story.LostRenewals} losses of {user.Key} were told, and only {orphans} grants are lost");
        }
        return violations;
    }
}
