using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Time;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>Salesforce's clock differs from the server's.</summary>
public sealed class JwtBearerClockTests : JwtBearerTest
{
    private DevelopmentClock Salesforce { get; } = new(speed: 1);

    private protected override SimulatorOptions SimulatorOptions => base.SimulatorOptions with { TimeProvider = Salesforce };

    [Theory]
    [InlineData(10, 0)]
    [InlineData(0, 10)]
    public async Task One_more_assertion_by_the_measured_clock_follows_and_the_next_ones_need_none(int minutesAhead, int minutesBehind)
    {
        Salesforce.Advance(TimeSpan.FromMinutes(minutesAhead));
        Clock.Advance(TimeSpan.FromMinutes(minutesBehind));
        await ActivateAsync();
        Assert.Equal((1, 2), (Simulator.Tokens(), TokenRequests));
        Assert.Equal(Outcome.Succeeded, (await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.JwtBearer })).Test.Outcome);
        Assert.Equal((2, 3), (Simulator.Tokens(), TokenRequests));
    }

    [Fact]
    public async Task A_difference_that_explains_nothing_causes_no_further_request()
    {
        Salesforce.Advance(TimeSpan.FromMinutes(10));
        await ActivateAsync();
        Simulator.Fail(Endpoint.Token, SalesforceSimulator.Failure.OAuth("invalid_grant", "invalid assertion"));
        Assert.Equal(Outcome.Failed, (await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.JwtBearer })).Test.Outcome);
        Assert.Equal(3, TokenRequests);
    }
}
