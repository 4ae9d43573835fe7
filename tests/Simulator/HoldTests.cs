using GrpcCreds.SalesforceSimulator;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed class HoldTests : SimulatorTest
{
    private const string Password = "demo-passwordDemoToken1";

    [Theory]
    [InlineData(HoldPoint.BeforeProcessing, 0)]
    [InlineData(HoldPoint.AfterProcessing, 1)]
    public async Task A_held_login_stops_before_or_after_its_session_and_goes_on_when_released(HoldPoint point, int sessions)
    {
        using var hold = Simulator.Hold(Endpoint.Login, point);
        var login = LoginAsync("ann@acme.test", Password);
        await hold.WaitAsync(cancellationToken: Cancelled);
        Assert.False(login.IsCompleted);
        Assert.Equal(sessions, Simulator.Sessions().Count);
        Assert.Equal((1, sessions, 1), Of(Simulator.Logins("ann@acme.test")));
        hold.Release();
        using var response = await login;
        Assert.Equal((1, 1, 0), Of(Simulator.Logins("ann@acme.test")));
    }

    [Fact]
    public async Task A_held_login_is_processed_though_its_client_has_gone()
    {
        var hold = Simulator.Hold(Endpoint.Login);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var login = Http.SendAsync(LoginRequest(Simulator.Production, "ann@acme.test", Password), leaving.Token);
        await hold.WaitAsync(cancellationToken: Cancelled);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => login);
        hold.Release();
        await Simulator.WaitForLoginsAsync("ann@acme.test", counts => counts is { Accepted: 1, InFlight: 0 }, cancellationToken: Cancelled);
    }

    [Fact]
    public async Task A_hold_of_one_user_lets_others_pass()
    {
        using var hold = Simulator.Hold(Endpoint.Login, username: "bob@acme.test");
        Assert.NotEmpty(Element(await BodyOfLoginAsync("ann@acme.test", Password), "sessionId"));
        Assert.Equal(0, hold.Reached);
    }

    private static (int Attempts, int Accepted, int InFlight) Of(LoginCounts counts) => (counts.Attempts, counts.Accepted, counts.InFlight);
}
