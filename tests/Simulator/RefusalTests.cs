using GrpcCreds.SalesforceSimulator;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed class RefusalTests : SimulatorTest
{
    private readonly FakeTimeProvider time = new();

    protected override SimulatorOptions Options => new() { TimeProvider = time, LockoutAfter = 3 };

    public static TheoryData<string, Func<SimulatedUser, SimulatedUser>> Flags => new()
    {
        { "INACTIVE_OWNER_OR_USER", user => user with { Inactive = true } },
        { "INVALID_OPERATION", user => user with { LoginDisabled = true } },
        { "LOGIN_DURING_RESTRICTED_DOMAIN", user => user with { RestrictedIp = true } },
        { "LOGIN_DURING_RESTRICTED_TIME", user => user with { RestrictedTime = true } },
        { "API_DISABLED_FOR_ORG", user => user with { ApiDisabled = true } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Flags))]
    public async Task A_user_who_may_not_log_in_is_refused_once_the_password_is_right(string code, Func<SimulatedUser, SimulatedUser> flag)
    {
        Simulator.ChangeUser("ann@acme.test", flag);
        Assert.Equal("INVALID_LOGIN", await RefusalAsync("ann@acme.test", "wrong"));
        Assert.Equal(code, await RefusalAsync("ann@acme.test", "demo-passwordDemoToken1"));
    }

    [Fact]
    public async Task A_needed_token_is_asked_for_and_one_that_is_not_needed_is_accepted()
    {
        Assert.Equal("LOGIN_MUST_USE_SECURITY_TOKEN", await RefusalAsync("ann@acme.test", "demo-password"));
        Assert.Equal("LOGIN_MUST_USE_SECURITY_TOKEN", await RefusalAsync("ann@acme.test", "demo-passwordDemoToken2"));
        Simulator.ChangeUser("ann@acme.test", ann => ann with { TokenRequired = false });
        foreach (var password in new[] { "demo-password", "demo-passwordDemoToken1" })
            Assert.NotEmpty(Element(await BodyOfLoginAsync("ann@acme.test", password), "sessionId"));
        Assert.Equal("INVALID_LOGIN", await RefusalAsync("ann@acme.test", "demo-passwordDemoToken2"));
    }

    [Fact]
    public async Task Wrong_passwords_lock_a_user_who_then_gets_the_same_answer_until_the_lockout_ends()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.False(Simulator.IsLocked("ann@acme.test"));
            Assert.Equal("INVALID_LOGIN", await RefusalAsync("ann@acme.test", "wrong"));
        }
        Assert.True(Simulator.IsLocked("ann@acme.test"));
        Assert.Equal("INVALID_LOGIN", await RefusalAsync("ann@acme.test", "demo-passwordDemoToken1"));
        time.Advance(TimeSpan.FromMinutes(15));
        Assert.NotEmpty(Element(await BodyOfLoginAsync("ann@acme.test", "demo-passwordDemoToken1"), "sessionId"));
    }

    [Fact]
    public async Task A_good_login_forgets_the_wrong_ones()
    {
        foreach (var password in new[] { "wrong", "wrong", "demo-passwordDemoToken1", "wrong", "wrong" })
            await BodyOfLoginAsync("ann@acme.test", password);
        Assert.False(Simulator.IsLocked("ann@acme.test"));
    }

    [Fact]
    public async Task A_user_can_be_locked_and_unlocked()
    {
        Simulator.Lock("ann@acme.test");
        Assert.Equal("INVALID_LOGIN", await RefusalAsync("ann@acme.test", "demo-passwordDemoToken1"));
        Simulator.Unlock("ann@acme.test");
        Assert.NotEmpty(Element(await BodyOfLoginAsync("ann@acme.test", "demo-passwordDemoToken1"), "sessionId"));
    }
}
