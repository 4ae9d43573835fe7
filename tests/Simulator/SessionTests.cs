using GrpcCreds.SalesforceSimulator;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed class SessionTests : SimulatorTest
{
    private readonly FakeTimeProvider time = new();

    protected override SimulatorOptions Options => new() { TimeProvider = time, SessionSecondsValid = 900 };

    [Fact]
    public async Task A_session_lives_as_long_as_its_login_said()
    {
        var session = await SessionAsync(new() { Username = "bob@acme.test", Password = "p" });
        time.Advance(TimeSpan.FromSeconds(899));
        Assert.Equal(200, (await ReadAsync("services/data/v64.0", session)).Status);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((401, """[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"""), await ReadAsync("services/data/v64.0", session));
        Assert.Empty(Simulator.Sessions());
    }

    [Fact]
    public async Task A_user_may_have_sessions_of_its_own_length()
    {
        Simulator.AddUser(new SimulatedUser { Username = "bob@acme.test", Password = "p", SessionSecondsValid = 60 });
        Assert.Equal("60", Element(await BodyOfLoginAsync("bob@acme.test", "p"), "sessionSecondsValid"));
        Assert.Equal(time.GetUtcNow().AddSeconds(60), Simulator.Sessions().Single().ExpireTime);
    }

    [Fact]
    public async Task Logout_ends_the_session_and_a_second_one_is_a_fault()
    {
        var session = await SessionAsync(new() { Username = "bob@acme.test", Password = "p" });
        Assert.Contains("""<logoutResponse xmlns="urn:partner.soap.sforce.com"/>""", await LogoutAsync(session), StringComparison.Ordinal);
        Assert.Equal(401, (await ReadAsync("services/data/v64.0", session)).Status);
        Assert.Equal("INVALID_SESSION_ID", Element(await LogoutAsync(session), "exceptionCode"));
    }

    [Fact]
    public async Task Sessions_can_be_ended_one_by_one_and_by_user()
    {
        var first = await SessionAsync(new() { Username = "bob@acme.test", Password = "p" });
        foreach (var _ in Enumerable.Range(0, 3))
            await BodyOfLoginAsync("bob@acme.test", "p");
        Assert.True(Simulator.EndSession(first));
        Assert.False(Simulator.EndSession(first));
        Assert.True(Simulator.EndSession(number: 2));
        Assert.Equal(2, Simulator.EndSessions("bob@acme.test"));
        Assert.Empty(Simulator.Sessions());
    }

    private async Task<string> LogoutAsync(string session)
    {
        using var request = SoapRequest(
            new Uri(Simulator.Production, "services/Soap/u/64.0"),
            "<logout xmlns='urn:partner.soap.sforce.com'/>",
            $"<SessionHeader xmlns='urn:partner.soap.sforce.com'><sessionId>{session}</sessionId></SessionHeader>");
        using var response = await Http.SendAsync(request, Cancelled);
        return await response.Content.ReadAsStringAsync(Cancelled);
    }
}
