using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>
/// Where every refresh token of a tenant's history has gone. One that came is in force, with a candidate, or retiring; it leaves only when a
/// renewal has replaced it, or Salesforce has revoked it, or that was tried for a day. None comes back, and no session of a grant that has gone.
/// The token of an app that serves is held the same way; it may also end by itself, or give way to one that a test or renewal has brought.
/// </summary>
internal sealed class Tokens
{
    private readonly HashSet<string> gone = [];
    private readonly HashSet<string> retired = [];
    private readonly HashSet<string> sessionsOver = [];

    public void NoneIsLostAndNoneComesBack(TenantRecord before, Command command, TenantRecord after)
    {
        var (held, retiring) = (Held(after), Retiring(after));
        Assert.Empty(held.Intersect(retiring));
        foreach (var token in Came(command))
            Assert.True(held.Contains(token) || retiring.Contains(token), $"{token} came and was not kept");
        foreach (var token in Held(before).Concat(Retiring(before)).Except(held).Except(retiring))
        {
            Assert.True(MayLeave(before, command, token), $"{token} was lost by {command.GetType().Name}");
            gone.Add(token);
        }
        Assert.Empty(held.Concat(retiring).Intersect(gone));
        Assert.Empty(held.Intersect(retired));
        retired.UnionWith(retiring);
        Sessions(before, after);
    }

    private void Sessions(TenantRecord before, TenantRecord after)
    {
        var grants = Grants(after).Select(credential => credential.Grant!.GrantId).ToHashSet();
        foreach (var left in Grants(before).Where(credential => !grants.Contains(credential.Grant!.GrantId) && credential.Renewal.Session is not null))
            sessionsOver.Add(left.Renewal.Session!.AccessToken.Reveal());
        Assert.True(PublishedState.By(after).Session is not { } told || !sessionsOver.Contains(told.AccessToken.Reveal()),
            "a deleted or replaced grant never serves again");
    }

    private static IEnumerable<string> Came(Command command) => (command switch
    {
        Command.Retire retire => retire.Token,
        Command.FinishSetup finish => finish.Verdict.RefreshToken,
        Command.FinishRenewal { Answer: RenewalAnswer.Renewed renewed } => renewed.RefreshToken,
        Command.FinishRenewal { Answer: RenewalAnswer.NotRenewed failed } => failed.Unwanted ?? failed.Next,
        _ => null,
    }) is { } token ? [token.Reveal()] : [];

    private static bool MayLeave(TenantRecord before, Command command, string token) => command switch
    {
        Command.FinishRevocation finish => before.Retiring.Single(one => one.GrantId == finish.GrantId && one.Mode == finish.Mode).Token.Reveal() == token,
        Command.FinishRenewal { Answer: RenewalAnswer.Renewed { RefreshToken: not null } or RenewalAnswer.NotRenewed { Next: not null } } finish =>
            Grants(before).Any(one =>
            one.Grant!.RefreshToken.Reveal() == token && (one.Renewal.Claim?.Attempt == finish.Attempt || one.Renewal.DoubtedAttempt == finish.Attempt)),
        _ => false,
    } || (App(before) is { } app && app.AccessToken.Reveal() == token && command switch
    {
        Command.FinishRenewal => true,
        Command.FinishTest { Verdict.Session.InstanceUrl: var host } => host != app.InstanceUrl,
        Command.Expire => true,
        _ => false,
    });

    private static SalesforceSession? App(TenantRecord state) => state.ClientCredentials.Current?.Renewal.Session;

    private static IEnumerable<OAuthCredential> Grants(TenantRecord state) =>
        new[] { state.OAuth.Current, state.OAuth.Candidate }.OfType<OAuthCredential>().Where(one => one.Grant is not null);

    private static HashSet<string> Held(TenantRecord state) =>
        [.. Grants(state).Select(one => one.Grant!.RefreshToken.Reveal()), .. App(state) is { } app ? [app.AccessToken.Reveal()] : Array.Empty<string>()];

    private static HashSet<string> Retiring(TenantRecord state) => [.. state.Retiring.Select(one => one.Token.Reveal())];
}
