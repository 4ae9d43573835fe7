using GrpcCreds.Tests.Api;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Rollout;

public sealed class PasswordRejectionTests : ServiceTest
{
    [Fact]
    public async Task A_dead_session_is_replaced_by_one_login()
    {
        await Client.ActivateAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        Simulator.EndSessions(Calls.User);
        Assert.Equal(ReportVerdict.Superseded, (await node.RejectsAsync()).Verdict);
        Assert.NotNull((await node.NextAsync()).Credential);
        Assert.Equal(2, Simulator.Logins(Calls.User).Accepted);
    }

    [Fact]
    public async Task A_login_that_is_refused_then_suspends_all_nodes_and_is_not_repeated()
    {
        await Client.ActivateAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        Simulator.EndSessions(Calls.User);
        Simulator.ChangeUser(Calls.User, user => user with { Password = "another" });
        Assert.Equal(ReportVerdict.Suspended, (await node.RejectsAsync()).Verdict);
        Assert.Equal(Availability.Suspended, (await node.NextAsync()).Unavailable.Cause);
        Assert.Equal(ReportVerdict.Suspended, (await node.RejectsAsync()).Verdict);
        Assert.Equal(1, Simulator.Logins(Calls.User).Refused);
    }
}
