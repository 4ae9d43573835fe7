using System.Text.Json;
using GrpcCreds.SalesforceSimulator;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed class LedgerTests : SimulatorTest
{
    private readonly FakeLogCollector lines = FakeLogCollector.Create(new());

    protected override SimulatorOptions Options => new()
    {
        LoggerFactory = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(lines))),
    };

    [Fact]
    public async Task Logins_are_counted_by_username_and_personality()
    {
        foreach (var password in new[] { "wrong", "demo-passwordDemoToken1", "demo-passwordDemoToken1" })
            await BodyOfLoginAsync("Ann@acme.test", password);
        Assert.Equal(new LoginCounts(3, 2, 1, 0, 1), Simulator.Logins("ann@acme.test"));
        Assert.Equal(new LoginCounts(0, 0, 0, 0, 0), Simulator.Logins("ann@acme.test", Personality.Sandbox));
        Assert.Equal(["INVALID_LOGIN", null, null], Simulator.Ledger().Select(entry => entry.ExceptionCode));
        Assert.All(Simulator.Ledger(), entry => Assert.NotNull(entry.EndTime));
    }

    [Fact]
    public async Task Logins_at_the_same_time_are_seen_as_such()
    {
        var hold = Simulator.Hold(Endpoint.Login);
        var logins = Enumerable.Range(0, 5).Select(_ => BodyOfLoginAsync("ann@acme.test", "demo-passwordDemoToken1")).ToArray();
        await hold.WaitAsync(5, Cancelled);
        hold.Release();
        await Task.WhenAll(logins);
        await BodyOfLoginAsync("ann@acme.test", "demo-passwordDemoToken1");
        Assert.Equal(new LoginCounts(6, 6, 0, 0, 5), Simulator.Logins("ann@acme.test"));
    }

    [Fact]
    public async Task Logins_one_after_another_are_never_parallel()
    {
        for (var i = 0; i < 200; i++)
            await BodyOfLoginAsync("ann@acme.test", "demo-passwordDemoToken1");
        Assert.Equal(new LoginCounts(200, 200, 0, 0, 1), Simulator.Logins("ann@acme.test"));
    }

    [Fact]
    public async Task Requests_are_logged_with_status_and_user_and_without_their_query()
    {
        var session = await SessionAsync(new() { Username = "bob@acme.test", Password = "p" });
        await ReadAsync("services/data/v64.0/limits?a=b", session);
        await ReadAsync("nowhere");
        Assert.Equal(
            [
                ("POST", "/services/Soap/u/64.0", 200, "bob@acme.test"),
                ("GET", "/services/data/v64.0/limits", 200, "bob@acme.test"),
                ("GET", "/nowhere", 404, null),
            ],
            Simulator.Requests().Select(entry => (entry.Method, entry.Path, entry.Status, entry.Username)));
    }

    [Fact]
    public async Task No_record_and_no_line_holds_a_secret()
    {
        var session = await SessionAsync(new() { Username = "bob@acme.test", Password = "canary-1", SecurityToken = "canary-2", TokenRequired = true });
        await RefusalAsync("bob@acme.test", "canary-3");
        await ReadAsync($"id/00Dxx0000001gPLEAY/005600000045vWeAAI?oauth_token={Uri.EscapeDataString(session)}");
        var all = string.Concat(lines.GetSnapshot().Select(line => line.Message))
            + JsonSerializer.Serialize(Simulator.Requests()) + JsonSerializer.Serialize(Simulator.Ledger())
            + string.Concat(Simulator.Users()) + string.Concat(Simulator.Sessions());
        Assert.Equal(3, lines.Count);
        Assert.Contains("bob@acme.test", all, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", all, StringComparison.Ordinal);
        Assert.DoesNotContain(session[16..], all, StringComparison.Ordinal);
    }
}
