using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>Sessions live 15 minutes here: they are renewed after 10 to 12.4.</summary>
public sealed class RenewalTests : ServiceTest
{
    private protected override IEnumerable<string> Settings => ["Clock:Adjustable=true"];

    private protected override SimulatorOptions SimulatorOptions => new() { SessionSecondsValid = 900 };

    [Fact]
    public async Task A_watched_session_is_renewed_before_it_ends()
    {
        var status = await Client.ActivateAsync();
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        await Service.AdvanceAsync("00:12:30");
        var renewed = (await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Credential;
        Assert.True(renewed.Revision > status.Revision);
        Assert.Equal(2, Simulator.Logins(Calls.User).Accepted);
        Assert.Equal((status.Etag, renewed.Revision), ((await Client.StatusAsync()).Etag, (await Client.StatusAsync()).Revision));
    }

    [Fact]
    public async Task What_nobody_wants_is_not_renewed_until_somebody_does()
    {
        await Client.ActivateAsync();
        await Service.AdvanceAsync("00:15:01");
        await Waiting.UntilAsync(async () => (await Client.StatusAsync()).Availability == Availability.Suspended, "the session has ended");
        Assert.Equal(1, Simulator.Logins(Calls.User).Accepted);

        var active = await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        Assert.NotNull(active.Credential);
        Assert.Equal(2, Simulator.Logins(Calls.User).Accepted);
    }

    [Fact]
    public async Task A_first_watch_waits_for_the_renewal_and_gets_the_session_first()
    {
        await Client.ActivateAsync();
        await Service.AdvanceAsync("00:15:01");
        var hold = Simulator.Hold(Endpoint.Login);
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        await hold.WaitAsync();
        Assert.NotNull((await watch.ResponseStream.NextAsync()).Heartbeat);
        hold.Release();
        Assert.NotNull((await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Credential);
        Assert.NotNull((await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Synced);
        Assert.Equal(2, Simulator.Logins(Calls.User).Accepted);
    }

    [Fact]
    public async Task A_session_that_is_there_does_not_wait_for_one_that_is_not()
    {
        Simulator.AddUser("other@acme.test", Calls.Password);
        await Client.ActivateAsync("one");
        await Client.ActivateAsync("two", "other@acme.test");
        await Service.AdvanceAsync("00:15:01");
        var one = Simulator.Hold(Endpoint.Login, username: Calls.User);
        var two = Simulator.Hold(Endpoint.Login, username: "other@acme.test");
        var request = Calls.Watch("one");
        request.Tenants.Add(new WatchedTenant { TenantId = "two" });
        request.HeartbeatInterval = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromSeconds(60));
        using var watch = Client.WatchActiveCredential(request);
        Assert.NotNull((await watch.ResponseStream.NextAsync()).Heartbeat);
        await Task.WhenAll(one.WaitAsync(), two.WaitAsync());

        one.Release();
        Assert.Equal("one", (await watch.ResponseStream.NextAsync(TimeSpan.FromSeconds(5))).Credential.TenantId);
        two.Release();
        Assert.Equal("two", (await watch.ResponseStream.NextAsync(TimeSpan.FromSeconds(5))).Credential.TenantId);
        Assert.NotNull((await watch.ResponseStream.NextAsync()).Synced);
    }

    [Fact]
    public async Task After_a_refused_renewal_nothing_more_is_sent_and_nodes_learn_it_when_their_session_ends()
    {
        await Client.ActivateAsync();
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        Simulator.ChangeUser(Calls.User, user => user with { Password = "changed in Salesforce" });
        await Service.AdvanceAsync("00:12:30");
        await Waiting.UntilAsync(async () => (await Client.StatusAsync()).Warnings.Contains(Warning.RenewalFailing), "the refusal is shown");
        var status = await Client.StatusAsync();
        Assert.Equal((Availability.Serving, FailureClass.LoginRefused), (status.Availability, status.Modes[0].Current.LastRenewalFailure.FailureClass));

        await Service.AdvanceAsync("00:03:00");
        Assert.Equal(Availability.Suspended, (await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Unavailable.Cause);
        Assert.Equal(Availability.Suspended, (await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Unavailable.Cause);
        // Below 30 min in all: an older stream may end.
        await Service.AdvanceAsync("00:07:00");
        Assert.Equal((1, 1), (Simulator.Logins(Calls.User).Accepted, Simulator.Logins(Calls.User).Refused));

        // A passing test lifts it.
        Simulator.ChangeUser(Calls.User, user => user with { Password = Calls.Password });
        await Service.AdvanceAsync("00:05:01");
        Assert.Equal(Outcome.Succeeded, (await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.Password })).Test.Outcome);
        Assert.NotNull((await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Credential);
    }

    [Theory]
    [InlineData("SERVER_UNAVAILABLE")]
    [InlineData("LOGIN_DURING_RESTRICTED_TIME")]
    [InlineData("UNSUPPORTED_API_VERSION")]
    public async Task What_may_pass_by_itself_is_tried_again(string exceptionCode)
    {
        await Client.ActivateAsync();
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        Simulator.Fail(Endpoint.Login, Failure.Fault(exceptionCode), times: 1);
        await Service.AdvanceAsync("00:12:30");
        await Waiting.UntilAsync(async () => (await Client.StatusAsync()).Warnings.Contains(Warning.RenewalFailing), "the failure is shown");
        await Service.AdvanceAsync("00:01:31");
        Assert.NotNull((await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Credential);
        Assert.DoesNotContain(Warning.RenewalFailing, (await Client.StatusAsync()).Warnings);
    }

    [Fact]
    public async Task A_renewal_that_lands_in_another_org_is_not_delivered()
    {
        await Client.ActivateAsync();
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        Simulator.ChangeUser(Calls.User, user => user with { OrgId = "00D3k000000tr3GEAQ" });
        await Service.AdvanceAsync("00:12:30");
        await Waiting.UntilAsync(
            async () => (await Client.StatusAsync()).Modes[0].Current.LastRenewalFailure?.FailureClass == FailureClass.WrongIdentity,
            "the other org is noticed");
        await Service.AdvanceAsync("00:03:00");
        Assert.Equal(Availability.Suspended, (await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Unavailable.Cause);
    }
}
