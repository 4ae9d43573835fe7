using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>A refresh token whose presentation was not clearly answered is not presented again before Salesforce says that it lives.</summary>
public sealed class OAuthUnknownOutcomeTests : OAuthServiceTest, IDisposable
{
    private AsyncServerStreamingCall<WatchActiveCredentialResponse>? watch;

    public void Dispose() => watch?.Dispose();

    [Theory]
    [InlineData("500")]
    [InlineData("html")]
    [InlineData("truncated")]
    [InlineData("reset before")]
    [InlineData("reset after")]
    [InlineData("silence")]
    public async Task A_token_that_lives_is_presented_again_after_it_was_introspected(string failure)
    {
        await UnknownAsync(failure switch
        {
            "500" => Failure.Status(500, "{\"error\":\"invalid_grant\",\"error_description\":\"expired access/refresh token\"}"),
            "html" => Failure.Html(200),
            "truncated" => Failure.Truncated(),
            "reset before" => Failure.ResetBeforeProcessing(),
            "reset after" => Failure.ResetAfterProcessing(),
            _ => Failure.SlowHeaders(),
        });
        // The claim lasts for 60 s. Salesforce may still be at work, so nothing is asked, not even by a test.
        Clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal((1, 0), (Refreshes, Introspections));
        using var hold = Simulator.Hold(Endpoint.Introspect);
        Clock.Advance(TimeSpan.FromSeconds(25));
        await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(1, Refreshes);
        hold.Release();
        Assert.NotNull((await watch!.NextStateAsync()).Credential);
        Assert.Equal((2, 1), (Refreshes, Introspections));
        Assert.Empty((await Client.StatusAsync()).Warnings);
    }

    [Fact]
    public async Task A_token_that_was_rotated_by_a_lost_answer_is_never_presented_again()
    {
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true });
        await UnknownAsync(Failure.ResetAfterProcessing());
        Clock.Advance(TimeSpan.FromSeconds(65));
        var status = await UntilAsync(status => status.OAuth().Current.Grant.LastRenewalFailure.Advice.Contains("was lost", StringComparison.Ordinal),
            "it was introspected");
        Assert.Equal((Availability.Serving, FailureClass.OutcomeUnknown), (status.Availability, status.OAuth().Current.Grant.LastRenewalFailure.FailureClass));
        Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(Availability.ReauthorizationRequired, (await watch!.NextStateAsync()).Unavailable.Cause);
        Assert.Equal((1, 1, 0), (Refreshes, Introspections, Simulator.Grants()[0].RefreshTokens.Sum(token => token.Reuses)));
        // Nor by a test.
        var tested = (await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.Oauth })).Test;
        Assert.Equal((FailureClass.OutcomeUnknown, 1), (tested.Failure.FailureClass, Refreshes));
        Assert.StartsWith("Set up the OAuth token", tested.Message, StringComparison.Ordinal);
        Assert.Equal(WriteResult.Activated, (await Client.SetUpAsync()).Result);
    }

    [Fact]
    public async Task While_Salesforce_cannot_tell_it_is_asked_again()
    {
        await UnknownAsync(Failure.Status(502));
        Simulator.Fail(Endpoint.Introspect, Failure.Html(503), times: 2);
        Clock.Advance(TimeSpan.FromSeconds(65));
        await UnclearAsync(1);
        Clock.Advance(TimeSpan.FromMinutes(3.1));
        // The session has ended meanwhile; it may heal.
        Assert.Equal(Availability.Suspended, (await watch!.NextStateAsync()).Unavailable.Cause);
        await UnclearAsync(2);
        Clock.Advance(TimeSpan.FromMinutes(6.1));
        Assert.NotNull((await watch!.NextStateAsync()).Credential);
        Assert.Equal(2, Refreshes);
    }

    /// <summary>Introspections of refresh tokens; those of sessions are another matter.</summary>
    private int Introspections =>
        Simulator.Grants().Sum(grant => grant.RefreshTokens.Sum(token => token.Presentations.Count(one => one.Endpoint == Endpoint.Introspect)));

    private async Task UnclearAsync(int times)
    {
        await Waiting.UntilAsync(() => Introspections == times, "it is asked");
        var now = Clock.GetUtcNow();
        await UntilAsync(
            status => status.OAuth().Current.Grant.LastRenewalFailure is { FailureClass: FailureClass.Unavailable } failure
                && now - failure.Time.ToDateTimeOffset() < TimeSpan.FromMinutes(1),
            "there was no clear answer");
    }

    private async Task UnknownAsync(Failure failure)
    {
        await Client.ConnectAsync();
        (watch, _) = await Client.OpenWatchAsync();
        Simulator.Fail(Endpoint.Token, failure);
        Clock.Advance(TimeSpan.FromMinutes(12.5));
        var status = await UntilAsync(status => status.Warnings.Contains(Warning.RenewalFailing), "the renewal has failed");
        Assert.Equal((Availability.Serving, FailureClass.OutcomeUnknown), (status.Availability, status.OAuth().Current.Grant.LastRenewalFailure.FailureClass));
    }
}
