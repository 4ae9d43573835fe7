using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>A grant that no node asks for is kept alive all the same: Salesforce drops what is idle for 30 days.</summary>
public sealed class IdleGrantTests : OAuthServiceTest
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24.2);

    [Fact]
    public async Task With_rotation_too_it_is_renewed_once_a_day_and_never_nears_its_end()
    {
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true });
        await Client.ConnectAsync();
        for (var day = 1; day <= 5; day++)
        {
            Clock.Advance(Day);
            var status = await UntilAsync(status => IdleDays(status) > 29.9, "it is renewed");
            Assert.Equal((day, 0), (Refreshes, status.Warnings.Count));
            Assert.InRange(IdleDays(status), 29.9, 30);
        }
        var grant = Assert.Single(Simulator.Grants());
        Assert.Null(grant.End);
        Assert.Equal([1, 1, 1, 1, 1, 0], grant.RefreshTokens.Select(token => token.Refreshes));
    }

    [Fact]
    public async Task After_23_days_in_vain_the_status_warns_until_it_is_renewed()
    {
        var connected = (await Client.ConnectAsync()).OAuth().Current.Grant.IdleExpireTime;
        Simulator.Fail(Endpoint.Token, Failure.Status(429), times: int.MaxValue);
        for (var day = 1; day <= 22; day++)
        {
            var failing = await FailsAfterAsync(day == 1 ? 1.01 : 1);
            Assert.Equal((Availability.Suspended, connected), (failing.Availability, failing.OAuth().Current.Grant.IdleExpireTime));
            Assert.Empty(failing.Warnings);
        }
        Assert.Empty((await FailsAfterAsync(0.98)).Warnings);
        var near = await FailsAfterAsync(0.02);
        Assert.Equal([Warning.GrantNearsIdleLimit], near.Warnings);
        Assert.InRange(IdleDays(near), 6.9, 7);
        var deadline = Assert.Single(near.Deadlines);
        Assert.Equal((Warning.GrantNearsIdleLimit, near.OAuth().Current.Grant.IdleExpireTime), (deadline.Warning, deadline.Time));

        Simulator.ClearFailures();
        Clock.Advance(TimeSpan.FromMinutes(20));
        var renewed = await UntilAsync(status => IdleDays(status) > 29.9, "it is renewed");
        Assert.Empty(renewed.Warnings);
        Assert.Null(renewed.OAuth().Current.Grant.LastRenewalFailure);
        Assert.Equal(Availability.Serving, renewed.Availability);
    }

    private async Task<CredentialStatus> FailsAfterAsync(double days)
    {
        Clock.Advance(TimeSpan.FromDays(days));
        var now = Clock.GetUtcNow();
        return await UntilAsync(
            status => status.OAuth().Current.Grant.LastRenewalFailure is { FailureClass: FailureClass.Throttled } failure
                && failure.Time.ToDateTimeOffset() >= now.AddMinutes(-1),
            "it is tried");
    }

    private double IdleDays(CredentialStatus status) => (status.OAuth().Current.Grant.IdleExpireTime.ToDateTimeOffset() - Clock.GetUtcNow()).TotalDays;
}
