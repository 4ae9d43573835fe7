using GrpcCreds.SalesforceSimulator;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed class RefreshTests : OAuthTest
{
    private readonly FakeTimeProvider time = new();

    protected override SimulatorOptions Options => new() { AutoApprove = true, TimeProvider = time };

    [Fact]
    public async Task A_refresh_gives_a_new_access_token_and_keeps_the_refresh_token()
    {
        var first = await ApproveAsync();
        Simulator.ChangeUser(Ann, ann => ann with { InstanceUrl = new Uri("https://na9.test") });
        var second = await RefreshAsync(first["refresh_token"]);
        Assert.False(second.ContainsKey("refresh_token"));
        Assert.NotEqual(first["access_token"], second["access_token"]);
        Assert.Equal("https://na9.test", second["instance_url"]);
        Assert.Equal(200, await StatusOfDataAsync(first["access_token"]));
        Assert.Equal(200, await StatusOfDataAsync(second["access_token"]));
        var token = Simulator.FindRefreshToken(first["refresh_token"])!;
        Assert.Equal((1, 0, 1, PresentationOutcome.Accepted), (token.Refreshes, token.Reuses, token.MaxParallel, token.Presentations[0].Outcome));
    }

    [Fact]
    public async Task Parameters_may_stand_in_the_query_and_a_verifier_is_ignored()
    {
        var token = Uri.EscapeDataString((await ApproveAsync())["refresh_token"]);
        var client = $"client_id={App.ConsumerKey}&client_secret={App.ConsumerSecret}";
        var query = $"grant_type=refresh_token&{client}&refresh_token={token}&code_verifier=x";
        using var response = await Http.PostAsync(new Uri(Simulator.Production, $"services/oauth2/token?{query}"), null, Cancelled);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.DoesNotContain(Simulator.Requests(), request => request.Path.Contains('?', StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rotation_replaces_the_refresh_token_and_its_reuse_ends_the_family()
    {
        Simulator.ChangeApp(App.ConsumerKey, app => app with { RotateRefreshTokens = true });
        var other = await ApproveAsync();
        var first = await ApproveAsync();
        var second = await RefreshAsync(first["refresh_token"]);
        var third = await RefreshAsync(second["refresh_token"]);
        Assert.Equal(200, await StatusOfDataAsync(third["access_token"]));

        Assert.Equal(DeadGrant, Error(await RefreshAsync(first["refresh_token"])));
        Assert.Equal(DeadGrant, Error(await RefreshAsync(third["refresh_token"])));
        foreach (var dead in new[] { first, second, third })
            Assert.Equal(401, await StatusOfDataAsync(dead["access_token"]));
        Assert.Equal(200, await StatusOfDataAsync(other["access_token"]));

        var family = Simulator.Grants()[1];
        Assert.Equal(TokenEnd.ReuseDetected, family.End);
        Assert.Equal([TokenEnd.Rotated, TokenEnd.Rotated, TokenEnd.ReuseDetected], family.RefreshTokens.Select(token => token.End!.Value));
        Assert.Equal([(2, 1), (1, 0), (1, 0)], family.RefreshTokens.Select(token => (token.Refreshes, token.Reuses)));
        Assert.Equal(DeadGrant, family.RefreshTokens[0].Presentations[1].Error);
        Assert.All(family.AccessTokens, token => Assert.Equal((false, TokenEnd.ReuseDetected), (token.IsAlive, token.End!.Value)));
    }

    [Fact]
    public async Task Of_two_parallel_refreshes_with_rotation_the_later_one_ends_the_family()
    {
        Simulator.ChangeApp(App.ConsumerKey, app => app with { RotateRefreshTokens = true });
        var token = (await ApproveAsync())["refresh_token"];
        using var hold = Simulator.Hold(Endpoint.Token);
        var both = new[] { RefreshAsync(token), RefreshAsync(token) };
        await hold.WaitAsync(2, Cancelled);
        hold.Release();
        var answers = await Task.WhenAll(both);
        Assert.Equal(DeadGrant, Error(Assert.Single(answers, answer => answer.ContainsKey("error"))));
        var seen = Simulator.FindRefreshToken(token)!;
        Assert.Equal((2, 1, 2), (seen.Refreshes, seen.Reuses, seen.MaxParallel));
        Assert.Equal(TokenEnd.ReuseDetected, Simulator.Grants().Single().End);
        var winner = answers.Single(answer => !answer.ContainsKey("error"));
        Assert.Equal(DeadGrant, Error(await RefreshAsync(winner["refresh_token"])));
    }

    [Fact]
    public async Task The_policy_of_the_app_ends_refresh_tokens()
    {
        Simulator.ChangeApp(App.ConsumerKey, app => app with { RefreshTokenIdleSeconds = 100 });
        var idle = await ApproveAsync();
        time.Advance(TimeSpan.FromSeconds(99));
        Assert.Null(Error(await RefreshAsync(idle["refresh_token"])));
        time.Advance(TimeSpan.FromSeconds(99));
        Assert.Null(Error(await RefreshAsync(idle["refresh_token"])));
        time.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal(DeadGrant, Error(await RefreshAsync(idle["refresh_token"])));
        Assert.Equal(TokenEnd.Expired, Simulator.Grants()[0].End);
        Simulator.ChangeApp(App.ConsumerKey, app => app with { RefreshTokenSeconds = 0 });
        Assert.Equal(DeadGrant, Error(await RefreshAsync((await ApproveAsync())["refresh_token"])));
    }

    [Fact]
    public async Task The_sixth_approval_of_a_user_ends_the_first()
    {
        var first = await ApproveAsync();
        foreach (var _ in Enumerable.Range(0, 5))
            await ApproveAsync();
        Assert.Equal(DeadGrant, Error(await RefreshAsync(first["refresh_token"])));
        Assert.Equal([TokenEnd.Evicted, null, null, null, null, null], Simulator.Grants().Select(grant => grant.End));
    }

    [Fact]
    public async Task A_user_who_may_not_log_in_is_refused_and_the_grant_stays()
    {
        var token = (await ApproveAsync())["refresh_token"];
        Simulator.ChangeUser(Ann, ann => ann with { Inactive = true });
        Assert.Equal("invalid_grant: inactive user", Error(await RefreshAsync(token)));
        Simulator.ChangeUser(Ann, ann => ann with { Inactive = false, RestrictedIp = true });
        Assert.Equal("invalid_grant: ip restricted", Error(await RefreshAsync(token)));
        Simulator.ChangeUser(Ann, ann => ann with { RestrictedIp = false });
        Assert.Null(Error(await RefreshAsync(token)));
    }

    [Fact]
    public async Task Expired_access_tokens_are_refreshed_and_a_grant_revoked_by_its_admin_is_not()
    {
        var tokens = await ApproveAsync();
        Assert.Equal(1, Simulator.ExpireAccessTokens(grantNumber: 1));
        Assert.Equal(401, await StatusOfDataAsync(tokens["access_token"]));
        var renewed = await RefreshAsync(tokens["refresh_token"]);
        Assert.True(Simulator.RevokeGrant(1));
        Assert.False(Simulator.RevokeGrant(1));
        Assert.Equal(401, await StatusOfDataAsync(renewed["access_token"]));
        Assert.Equal(DeadGrant, Error(await RefreshAsync(tokens["refresh_token"])));
        Assert.Equal([null, TokenEnd.RevokedByAdmin], Simulator.Grants().Single().AccessTokens.Select(token => token.End));
    }

    [Theory]
    [InlineData(HoldPoint.BeforeProcessing, 1)]
    [InlineData(HoldPoint.AfterProcessing, 3)]
    public async Task The_ledger_sees_parallel_refreshes_wherever_they_are_held(HoldPoint point, int accessTokens)
    {
        var token = (await ApproveAsync())["refresh_token"];
        using var hold = Simulator.Hold(Endpoint.Token, point, Ann);
        var both = new[] { RefreshAsync(token), RefreshAsync(token) };
        await hold.WaitAsync(2, Cancelled);
        Assert.Equal(accessTokens, Simulator.Grants().Single().AccessTokens.Count);
        hold.Release();
        await Task.WhenAll(both);
        await Simulator.WaitForGrantsAsync(
            grants => grants.Single().RefreshTokens.Single().Presentations.All(one => one.EndTime is not null), cancellationToken: Cancelled);
        Assert.Equal((2, 2), (Simulator.FindRefreshToken(token)!.Refreshes, Simulator.FindRefreshToken(token)!.MaxParallel));
    }

    [Fact]
    public async Task A_refresh_whose_answer_is_lost_was_accepted_and_one_never_processed_has_failed()
    {
        var token = (await ApproveAsync())["refresh_token"];
        Simulator.Fail(Endpoint.Token, Failure.ResetAfterProcessing());
        Simulator.Fail(Endpoint.Token, Failure.ResetBeforeProcessing());
        Simulator.Fail(Endpoint.Token, Failure.Html(503));
        Simulator.Fail(Endpoint.Token, Failure.OAuth("rate_limit_exceeded", "login rate exceeded"));
        await Assert.ThrowsAsync<HttpRequestException>(() => RefreshAsync(token));
        await Assert.ThrowsAsync<HttpRequestException>(() => RefreshAsync(token));
        Assert.Equal(503, (await PostAsync("token", WithClient(("grant_type", "refresh_token"), ("refresh_token", token)))).Status);
        Assert.Equal("rate_limit_exceeded: login rate exceeded", Error(await RefreshAsync(token)));
        await Simulator.WaitForGrantsAsync(
            grants => grants.Single().RefreshTokens.Single().Presentations.All(one => one.EndTime is not null), cancellationToken: Cancelled);
        Assert.Equal(
            [PresentationOutcome.Accepted, PresentationOutcome.Failed, PresentationOutcome.Failed, PresentationOutcome.Refused],
            Simulator.FindRefreshToken(token)!.Presentations.Select(one => one.Outcome));
        Assert.Equal(2, Simulator.Grants().Single().AccessTokens.Count);
    }
}
