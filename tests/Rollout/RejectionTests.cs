using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Api;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Rollout;

public sealed class RejectionTests : OAuthServiceTest
{
    private protected override SimulatorOptions SimulatorOptions => base.SimulatorOptions with { SessionSecondsValid = 86_400 };

    [Fact]
    public async Task A_dead_session_is_asked_after_once_and_renewed_once()
    {
        await Client.ConnectAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        var (asked, refreshed) = (Requests("userinfo"), Refreshes);
        Simulator.ExpireAccessTokens(1);
        var result = await node.RejectsAsync();
        Assert.Equal(ReportVerdict.Superseded, result.Verdict);
        Assert.True(result.NewestRevision > node.Revision);
        Assert.Equal(result.NewestRevision, (await node.NextAsync()).Credential.Revision);
        Assert.Equal((1, 1), (Requests("userinfo") - asked, Refreshes - refreshed));
        Assert.Equal(Assert.Single(Simulator.Sessions()).Id, node.AccessToken);
    }

    [Fact]
    public async Task A_session_that_lives_is_asked_after_and_no_more()
    {
        var status = await Client.ConnectAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        var (asked, refreshed) = (Requests("userinfo"), Refreshes);
        var first = await node.RejectsAsync();
        Assert.Equal((ReportVerdict.Noted, status.Revision), (first.Verdict, first.NewestRevision));
        Assert.InRange(first.RetryAfter.ToTimeSpan(), TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(60));
        // A node that floods or lies has no further effect.
        for (var i = 0; i < 20; i++)
            Assert.Equal(ReportVerdict.Noted, (await node.RejectsAsync()).Verdict);
        Assert.Equal((1, 0), (Requests("userinfo") - asked, Refreshes - refreshed));
        Assert.Equal(status.Revision, (await Client.StatusAsync()).Revision);
    }

    [Fact]
    public async Task The_time_between_two_questions_doubles_up_to_a_quarter_of_an_hour()
    {
        await Client.ConnectAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        var asked = Requests("userinfo");
        var waits = new List<double>();
        for (var i = 0; i < 6; i++)
        {
            var result = await node.RejectsAsync();
            Assert.Equal(ReportVerdict.Noted, result.Verdict);
            var wait = result.RetryAfter.ToTimeSpan();
            waits.Add(Math.Ceiling(wait.TotalMinutes));
            Clock.Advance(wait - TimeSpan.FromSeconds(10));
            await node.RejectsAsync();
            Assert.Equal(1, Requests("userinfo") - asked);
            Clock.Advance(TimeSpan.FromSeconds(11));
            asked = Requests("userinfo");
        }
        Assert.Equal([1, 2, 4, 8, 15, 15], waits);
    }

    [Fact]
    public async Task A_grant_that_is_dead_too_is_told_all_nodes()
    {
        await Client.ConnectAsync();
        using var one = await ReportingNode.OpenAsync(Client, "one");
        using var two = await ReportingNode.OpenAsync(Client, "two");
        Simulator.RevokeGrant(1);
        var result = await one.RejectsAsync();
        Assert.Equal(ReportVerdict.Suspended, result.Verdict);
        foreach (var node in new[] { one, two })
            Assert.Equal(Availability.ReauthorizationRequired, (await node.NextAsync()).Unavailable.Cause);
        Assert.Equal(ReportVerdict.Superseded, (await two.RejectsAsync(revision: result.NewestRevision - 1)).Verdict);
        Assert.Equal((1, 0), (Refreshes, Simulator.Sessions().Count));
    }

    [Fact]
    public async Task An_older_revision_is_superseded_by_the_newest()
    {
        var first = await Client.ConnectAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        var second = (await Client.SetUpAsync()).Status;
        var asked = Requests("userinfo");
        foreach (var result in new[] { await node.AppliesAsync(first.Revision), await node.RejectsAsync(revision: first.Revision) })
            Assert.Equal((ReportVerdict.Superseded, second.Revision, null), (result.Verdict, result.NewestRevision, result.RetryAfter));
        Assert.Equal(asked, Requests("userinfo"));
    }

    [Theory]
    [InlineData(FailureClass.NotPermitted)]
    [InlineData(FailureClass.Throttled)]
    [InlineData(FailureClass.Unavailable)]
    public async Task What_a_new_session_would_not_cure_is_only_noted(FailureClass failure)
    {
        await Client.ConnectAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        var asked = Requests("userinfo");
        Simulator.ExpireAccessTokens(1);
        Assert.Equal(ReportVerdict.Noted, (await node.RejectsAsync(failure)).Verdict);
        var listed = Assert.Single((await Client.ListNodesAsync(new() { TenantId = "acme" })).Nodes);
        Assert.Equal((node.Revision, failure, "INVALID_SESSION_ID"), (listed.RejectedRevision, listed.Failure.FailureClass, listed.Failure.SalesforceCode));
        Assert.NotEqual("", listed.Failure.Advice);
        Assert.Equal(asked, Requests("userinfo"));
    }

    [Fact]
    public async Task Who_was_never_sent_the_revision_causes_nothing()
    {
        var status = await Client.ConnectAsync();
        var asked = Requests("userinfo");
        Simulator.ExpireAccessTokens(1);
        var request = new ReportCredentialsRequest
        {
            NodeId = "liar",
            Reports = { new NodeReport { TenantId = "acme", Revision = status.Revision,
                Outcome = ReportedOutcome.Rejected, FailureClass = FailureClass.SessionRefused } },
        };
        Assert.Equal(ReportVerdict.Noted, Assert.Single((await Client.ReportCredentialsAsync(request)).Results).Verdict);
        Assert.Equal(asked, Requests("userinfo"));

        // A one-time read counts as sent, as a watch does.
        await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        Assert.Equal(ReportVerdict.Superseded, Assert.Single((await Client.ReportCredentialsAsync(request)).Results).Verdict);
    }

    [Fact]
    public async Task Where_Salesforce_says_nothing_clear_the_session_stays()
    {
        var status = await Client.ConnectAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        Simulator.Fail(Endpoint.UserInfo, Failure.Status(429));
        var result = await node.RejectsAsync();
        Assert.Equal((ReportVerdict.Noted, status.Revision), (result.Verdict, result.NewestRevision));
        Assert.Equal(Availability.Serving, (await Client.StatusAsync()).Availability);
        Assert.Equal(0, Refreshes);
    }

    [Fact]
    public async Task A_revision_that_never_was_leaves_no_trace()
    {
        var status = await Client.ConnectAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        var result = await node.AppliesAsync(status.Revision + 1);
        Assert.Equal((ReportVerdict.Noted, status.Revision), (result.Verdict, result.NewestRevision));
        await Waiting.UntilAsync(async () => (await Client.ListNodesAsync(new() { TenantId = "acme" })).Nodes is [{ AppliedRevision: 0 }],
            "the node is listed, as one that has applied nothing");
    }
}
