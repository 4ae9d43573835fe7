using System.Net;
using System.Net.Sockets;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Tests.Api;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Rollout;

/// <summary>The org has moved, and the host of the session in force is gone in one way or another: the login host is asked for a new session.</summary>
public sealed class LostHostTests : OAuthServiceTest
{
    private static readonly TestAccessRequest Test = new() { TenantId = "acme", Mode = Mode.Oauth };

    private volatile string gone = "";

    public static TheoryData<string> Ways =>
        ["html 403", "html 404", "200 page", "301", "502", "reset", "silence", "URL_NOT_RESET", "nobody listens", "no such name"];

    private protected override SimulatorOptions SimulatorOptions => base.SimulatorOptions with { SessionSecondsValid = 86_400 };

    private protected override IEnumerable<string> Settings => [.. base.Settings, $"Salesforce:AllowedHosts:0={OldHost}"];

    // The simulator by another name.
    private Uri OldHost => new($"http://old.acme.test:{Simulator.Production.Port}");

    private protected override void Configure(IServiceCollection services)
    {
        base.Configure(services);
        services.AddSingleton<Resolve>((host, _) => (host == OldHost.Host, gone) switch
        {
            (true, "no such name") => throw new SocketException((int)SocketError.HostNotFound),
            // The simulator is at another address.
            (true, "nobody listens") => Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.77")]),
            _ => Task.FromResult<IPAddress[]>([IPAddress.Loopback]),
        });
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_nodes_report_yields_a_new_session(string way)
    {
        using var node = await ConnectAsync();
        Lose(way);
        Assert.Equal(ReportVerdict.Superseded, (await node.RejectsAsync()).Verdict);
        Assert.NotNull((await node.NextAsync()).Credential);
        Assert.Equal(1, Refreshes);
        Assert.Equal((Availability.Serving, 0), ((await Client.StatusAsync()).Availability, (await Client.StatusAsync()).Warnings.Count));
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_test_yields_a_new_session(string way)
    {
        using var node = await ConnectAsync();
        Lose(way);
        Assert.Equal((Outcome.Succeeded, 1), ((await Client.TestAccessAsync(Test)).Test.Outcome, Refreshes));
        Assert.NotNull((await node.NextAsync()).Credential);
    }

    [Fact]
    public async Task Where_the_new_session_is_at_the_lost_host_too_the_login_host_is_asked_once_for_each_question()
    {
        using var node = await ConnectAsync();
        gone = "nobody listens";
        Assert.Equal(ReportVerdict.Superseded, (await node.RejectsAsync()).Verdict);
        await node.NextAsync();
        // Neither a flood nor a test makes it more.
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(ReportVerdict.Noted, (await node.RejectsAsync()).Verdict);
            var test = (await Client.TestAccessAsync(Test)).Test;
            Assert.Equal((Outcome.Failed, FailureClass.Unavailable), (test.Outcome, test.Failure.FailureClass));
            Assert.Contains("the org may have moved", test.Failure.Advice, StringComparison.Ordinal);
        }
        Assert.Equal(1, Refreshes);
        Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(ReportVerdict.Superseded, (await node.RejectsAsync()).Verdict);
        Assert.Equal(2, Refreshes);
    }

    [Fact]
    public async Task Tests_alone_ask_the_login_host_once_in_a_minute()
    {
        using var node = await ConnectAsync();
        gone = "nobody listens";
        for (var i = 0; i < 3; i++)
            Assert.Equal(Outcome.Failed, (await Client.TestAccessAsync(Test)).Test.Outcome);
        Assert.Equal(1, Refreshes);
        Clock.Advance(TimeSpan.FromSeconds(61));
        Simulator.ChangeUser(Ann.Username, user => user with { InstanceUrl = null });
        Assert.Equal((Outcome.Succeeded, 2), ((await Client.TestAccessAsync(Test)).Test.Outcome, Refreshes));
    }

    [Fact]
    public async Task Where_the_login_host_does_not_answer_either_nodes_keep_what_they_have()
    {
        using var node = await ConnectAsync();
        gone = "no such name";
        Simulator.Fail(Endpoint.Token, Failure.OAuth("server_error", "", 400), times: 100);
        Assert.Equal(ReportVerdict.Noted, (await node.RejectsAsync()).Verdict);
        var test = (await Client.TestAccessAsync(Test)).Test;
        Assert.Equal(Outcome.Failed, test.Outcome);
        var status = await Client.StatusAsync();
        Assert.Equal((Availability.Serving, node.Revision, FailureClass.Unavailable),
            (status.Availability, status.Revision, status.OAuth().Current.Grant.LastRenewalFailure.FailureClass));
    }

    [Theory]
    [InlineData("html 404")]
    [InlineData("reset")]
    public async Task With_a_password_a_nodes_report_yields_a_new_session_by_one_login(string way)
    {
        await Client.ActivateAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        Simulator.Fail(Endpoint.Data, Failures(way));
        Assert.Equal(ReportVerdict.Superseded, (await node.RejectsAsync()).Verdict);
        Assert.NotNull((await node.NextAsync()).Credential);
        Assert.Equal(2, Simulator.Logins(Calls.User).Accepted);
    }

    private async Task<ReportingNode> ConnectAsync()
    {
        Simulator.ChangeUser(Ann.Username, user => user with { InstanceUrl = OldHost });
        await Client.ConnectAsync();
        return await ReportingNode.OpenAsync(Client);
    }

    private void Lose(string way)
    {
        Simulator.ChangeUser(Ann.Username, user => user with { InstanceUrl = null });
        if (way is "nobody listens" or "no such name")
            gone = way;
        else
            Simulator.Fail(Endpoint.UserInfo, Failures(way));
    }

    private static Failure Failures(string way) => way switch
    {
        "html 403" => Failure.Html(403),
        "html 404" => Failure.Html(404),
        "200 page" => Failure.Html(200),
        "301" => Failure.Redirect(301, new("https://elsewhere.example.test/")),
        "502" => Failure.Status(502),
        "reset" => Failure.ResetAfterProcessing(),
        "silence" => Failure.SlowHeaders(),
        _ => Failure.Rest(404, way, "Destination URL not reset"),
    };
}
