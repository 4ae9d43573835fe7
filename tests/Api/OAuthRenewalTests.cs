using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>Sessions live 15 minutes here: watched ones are renewed after 10 to 12.4.</summary>
public sealed class OAuthRenewalTests : OAuthServiceTest
{
    [Fact]
    public async Task A_watched_session_is_renewed_at_three_quarters_of_its_life()
    {
        var before = await Client.ConnectAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        Clock.Advance(TimeSpan.FromMinutes(9.9));
        await LookAsync();
        Assert.Equal(0, Refreshes);
        Clock.Advance(TimeSpan.FromMinutes(2.6));
        var renewed = await watch.NextStateAsync();
        Assert.True(renewed.Credential.Revision > before.Revision);
        var status = await Client.StatusAsync();
        Assert.Equal((renewed.Credential.Revision, before.Etag, 1), (status.Revision, status.Etag, Refreshes));
        Assert.True(
            status.OAuth().Current.Grant.IdleExpireTime.ToDateTimeOffset() > before.OAuth().Current.Grant.IdleExpireTime.ToDateTimeOffset().AddMinutes(10));
        Assert.Equal(before.OAuth().Current.Grant.AuthorizeTime, status.OAuth().Current.Grant.AuthorizeTime);
    }

    [Fact]
    public async Task With_rotation_each_refresh_token_is_presented_once()
    {
        Rotate();
        await Client.ConnectAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        for (var i = 0; i < 2; i++)
        {
            Clock.Advance(TimeSpan.FromMinutes(12.5));
            Assert.NotNull((await watch.NextStateAsync()).Credential);
        }
        var grant = Assert.Single(Simulator.Grants());
        Assert.Null(grant.End);
        Assert.Equal([1, 1, 0], grant.RefreshTokens.Select(token => token.Refreshes));
        Assert.All(grant.RefreshTokens, token => Assert.Equal(0, token.Reuses));
    }

    [Fact]
    public async Task What_nobody_watches_is_renewed_once_a_day()
    {
        await Client.ConnectAsync();
        await Client.ConnectAsync("standby");
        await Client.ActivateAsync("standby");
        await Client.SetOAuthCredentialAsync(new(OAuthAdministration.SetOAuth("candidate")) { Activation = Activation.Staged });
        await Client.SetUpAsync("candidate");
        Clock.Advance(TimeSpan.FromHours(23.9));
        await LookAsync();
        Assert.Equal(0, Refreshes);
        for (var day = 1; day <= 2; day++)
        {
            Clock.Advance(TimeSpan.FromHours(24.2));
            foreach (var tenant in new[] { "acme", "standby", "candidate" })
            {
                await Waiting.UntilAsync(
                    async () => (await Client.StatusAsync(tenant)).OAuth() is var oauth
                        && (oauth.Current ?? oauth.Candidate).Grant.SessionExpireTime?.ToDateTimeOffset() > Clock.GetUtcNow(),
                    "it is renewed");
            }
            Assert.Equal(3 * day, Refreshes);
        }
        Assert.All(Simulator.Grants().Take(3), grant => Assert.Equal(2, Assert.Single(grant.RefreshTokens).Refreshes));
    }

    [Fact]
    public async Task A_get_waits_for_the_renewal_of_a_session_that_has_ended()
    {
        await Client.ConnectAsync();
        Clock.Advance(TimeSpan.FromMinutes(16));
        using var hold = Simulator.Hold(Endpoint.Token);
        var getting = Client.GetActiveCredentialAsync(new() { TenantId = "acme" }).ResponseAsync;
        await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.False(getting.IsCompleted);
        hold.Release();
        var session = (await getting).Credential.Session;
        Assert.Equal(Assert.Single(Simulator.Sessions()).Id, session.AccessToken);
        Assert.Equal(2, TokenRequests);
    }

    [Fact]
    public async Task A_first_watch_waits_too_and_gets_the_new_session_first()
    {
        await Client.ConnectAsync();
        Clock.Advance(TimeSpan.FromMinutes(16));
        using var hold = Simulator.Hold(Endpoint.Token);
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken);
        hold.Release();
        Assert.NotNull((await watch.NextStateAsync()).Credential);
        Assert.NotNull((await watch.NextStateAsync()).Synced);
        Assert.Equal(2, TokenRequests);
    }

    [Fact]
    public async Task A_refused_renewal_is_shown_at_once_and_felt_when_the_session_ends()
    {
        await Client.ConnectAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        Simulator.Fail(Endpoint.Token, Failure.OAuth("invalid_grant", "expired access/refresh token"));
        Clock.Advance(TimeSpan.FromMinutes(12.5));
        var status = await UntilAsync(status => status.Warnings.Contains(Warning.RenewalFailing), "the refusal is shown");
        Assert.Equal((Availability.Serving, FailureClass.NeedsSetup), (status.Availability, status.OAuth().Current.Grant.LastRenewalFailure.FailureClass));
        Clock.Advance(TimeSpan.FromMinutes(2.6));
        var ended = (await watch.NextStateAsync()).Unavailable;
        Assert.Equal(Availability.ReauthorizationRequired, ended.Cause);
        Assert.StartsWith("Set up the OAuth token", ended.Advice, StringComparison.Ordinal);
        Assert.Equal(Availability.ReauthorizationRequired, (await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Unavailable.Cause);
        Clock.Advance(TimeSpan.FromMinutes(14));
        await LookAsync();
        Assert.Equal(1, Refreshes);

        var mended = (await Client.SetUpAsync()).Status;
        Equal(await watch.NextStateAsync(), mended, Mode.Oauth);
        Assert.Empty(mended.Warnings);
    }

    [Fact]
    public async Task A_revocation_in_Salesforce_that_ended_the_session_too_is_told_nodes_with_the_refused_renewal()
    {
        await Client.ConnectAsync();
        var (watch, first) = await Client.OpenWatchAsync();
        using var __ = watch;
        Simulator.RevokeGrant(1);
        Clock.Advance(TimeSpan.FromMinutes(12.5));
        var told = (await watch.NextStateAsync()).Unavailable;
        Assert.Equal(Availability.ReauthorizationRequired, told.Cause);
        Assert.True(Clock.GetUtcNow() < first.Credential.Session.ExpectedExpireTime.ToDateTimeOffset(), "long before the session would have ended");
        Assert.Equal(1, Refreshes);
    }

    [Theory]
    [InlineData("invalid_grant", "authentication failure", 400)]
    [InlineData("invalid_client", "app must be installed into org", 400)]
    [InlineData("rate_limit_exceeded", "", 400)]
    [InlineData("invalid_grant", "expired access/refresh token", 429)]
    [InlineData("something", "new", 400)]
    public async Task What_may_pass_by_itself_is_tried_again(string error, string description, int status)
    {
        await Client.ConnectAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        Simulator.Fail(Endpoint.Token, Failure.OAuth(error, description, status));
        Clock.Advance(TimeSpan.FromMinutes(12.5));
        await UntilAsync(status => status.Warnings.Contains(Warning.RenewalFailing), "the failure is shown");
        Clock.Advance(TimeSpan.FromMinutes(1.6));
        Assert.NotNull((await watch.NextStateAsync()).Credential);
        Assert.Empty((await Client.StatusAsync()).Warnings);
        // The setup asked for the session lifetime. A known lifetime is not asked for again.
        Assert.Equal((3, 1), (TokenRequests, Requests("introspect")));
    }

    [Fact]
    public async Task A_renewal_that_brings_somebody_elses_token_is_not_delivered_and_the_token_is_revoked()
    {
        Rotate();
        await Client.ConnectAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        Simulator.Fail(Endpoint.Token, Failure.Token(new TokenTwist { UserId = "005x00000012Q9PAAU" }));
        Clock.Advance(TimeSpan.FromMinutes(12.5));
        var status = await UntilAsync(status => status.OAuth().Current.Grant.LastRenewalFailure is not null, "it is noticed");
        var failure = status.OAuth().Current.Grant.LastRenewalFailure;
        Assert.Equal((FailureClass.WrongIdentity, Availability.Serving), (failure.FailureClass, status.Availability));
        Assert.Contains("005x00000012Q9PAAU", failure.Advice, StringComparison.Ordinal);
        Clock.Advance(TimeSpan.FromMinutes(2.6));
        Assert.Equal(Availability.ReauthorizationRequired, (await watch.NextStateAsync()).Unavailable.Cause);
        await Waiting.UntilAsync(() => Simulator.Grants()[0].End == TokenEnd.Revoked, "what came is revoked");
        Assert.Equal(2, TokenRequests);
    }

    private void Rotate() => Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true });

    // A revocation that falls due now is done: whatever else was due has been begun.
    private async Task LookAsync()
    {
        await Client.ConnectAsync("other");
        Assert.Equal(Outcome.Succeeded, (await Client.DeleteOAuthAsync(new() { TenantId = "other", AllowActive = true })).Revocation);
    }
}
