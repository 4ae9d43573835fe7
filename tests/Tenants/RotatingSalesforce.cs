using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>A model of Salesforce's refresh tokens: each is valid for one presentation, which returns the next. A second one ends the whole family.</summary>
internal sealed class RotatingSalesforce
{
    private readonly Dictionary<string, int> familyOf = [];
    private readonly Dictionary<int, string?> live = [];
    private int made;

    /// <summary>The first token of a new family.</summary>
    public string Authorize() => Next(live.Count);

    /// <returns>The token that takes its place; null: refused.</returns>
    public string? Refresh(string presented)
    {
        var family = familyOf[presented];
        if (live[family] is null)
            return null;
        // The one thing that must not happen: it costs the tenant its grant.
        Assert.True(live[family] == presented, $"{presented} was spent, and is presented again");
        return Next(family);
    }

    public bool IsActive(string token) => live[familyOf[token]] == token;

    public void Revoke(string token) => live[familyOf[token]] = null;

    private string Next(int family)
    {
        var token = $"refresh-{family}-{++made}";
        familyOf[token] = family;
        live[family] = token;
        return token;
    }
}
