using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>
/// Sees every presentation of a refresh token and everything the record is told of it. A token is not presented while the outcome of an earlier
/// presentation is not known and Salesforce has not been asked, and never after an answer that replaced it, or once it was found dead.
/// </summary>
internal sealed class TokenWitness
{
    private readonly Dictionary<string, long> unknown = [];
    private readonly HashSet<string> spent = [];

    public int Presentations { get; private set; }

    public int Introspections { get; private set; }

    public int Late { get; private set; }

    public void Presented(string token, long attempt)
    {
        Presentations++;
        Assert.False(unknown.TryGetValue(token, out var earlier), $"{token} is presented by {attempt}; what became of {earlier} is not known");
        Assert.False(spent.Contains(token), $"{token} is presented by {attempt} after it was replaced or found dead");
        unknown[token] = attempt;
    }

    /// <summary>An answer to the presentation of this token has been committed.</summary>
    public void Merged(string token, RenewalAnswer answer, bool late)
    {
        if (answer is not RenewalAnswer.NotRenewed { Fate: GrantFate.Unknown })
            unknown.Remove(token);
        if (answer is RenewalAnswer.Renewed { RefreshToken: not null }
            or RenewalAnswer.NotRenewed { Unwanted: not null } or RenewalAnswer.NotRenewed { Next: not null })
            spent.Add(token);
        Late += late ? 1 : 0;
    }

    /// <summary>Salesforce's answer about this token has been committed.</summary>
    public void Introspected(string token, RenewalAnswer answer)
    {
        Introspections++;
        if (answer is RenewalAnswer.TokenLives)
            unknown.Remove(token);
        if (answer is RenewalAnswer.TokenIsDead)
            spent.Add(token);
    }
}
