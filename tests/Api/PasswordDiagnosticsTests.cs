using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>The effect of a password test on renewals: a refused login is not repeated, and no other result changes them.</summary>
public sealed class PasswordDiagnosticsTests : ServiceTest
{
    private static readonly TestAccessRequest Test = new() { TenantId = "acme", Mode = Mode.Password };

    private protected override IEnumerable<string> Settings => ["Clock:Adjustable=true"];

    private protected override SimulatorOptions SimulatorOptions => new() { SessionSecondsValid = 900 };

    [Fact]
    public async Task A_refused_test_stops_renewals_until_a_test_passes_and_is_no_failed_renewal()
    {
        await Client.ActivateAsync();
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        Assert.NotNull((await watch.NextStateAsync()).Credential);
        Simulator.Fail(Endpoint.Login, Failure.Fault("INVALID_LOGIN"));
        var failed = await Client.TestAccessAsync(Test);
        Assert.Equal(FailureClass.LoginRefused, failed.Test.Failure.FailureClass);
        Assert.Null(failed.Status.Modes[0].Current.LastRenewalFailure);
        Assert.Contains(Warning.RenewalFailing, failed.Status.Warnings);
        await Service.AdvanceAsync("00:15:01");
        Assert.Equal(Availability.Suspended, (await watch.ResponseStream.NextAsync(message => message.Unavailable is not null)).Unavailable.Cause);
        Assert.Equal(2, Simulator.Logins(Calls.User).Attempts);

        var passed = await Client.TestAccessAsync(Test);
        Assert.Equal((Outcome.Succeeded, Availability.Serving), (passed.Test.Outcome, passed.Status.Availability));
        Assert.NotNull((await watch.ResponseStream.NextAsync(message => message.Credential is not null)).Credential);
        await Service.AdvanceAsync("00:12:30");
        Assert.NotNull((await watch.ResponseStream.NextAsync(message => message.Credential is not null)).Credential);
    }

    [Fact]
    public async Task What_the_api_says_after_a_good_login_stops_nothing()
    {
        await Client.ActivateAsync();
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        Assert.NotNull((await watch.NextStateAsync()).Credential);
        Simulator.Fail(Endpoint.Data, Failure.Rest(403, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "no"));
        var failed = await Client.TestAccessAsync(Test);
        Assert.Equal(
            (FailureClass.NotPermitted, "API"), (failed.Test.Failure.FailureClass, failed.Test.Checks.Last(check => check.Outcome == Outcome.Failed).Name));
        Assert.DoesNotContain(Warning.RenewalFailing, failed.Status.Warnings);
        await Service.AdvanceAsync("00:12:30");
        Assert.NotNull((await watch.ResponseStream.NextAsync(message => message.Credential is not null)).Credential);
    }

    [Fact]
    public async Task A_test_that_lands_at_another_host_brings_nodes_its_session()
    {
        await Client.ActivateAsync();
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        var old = (await watch.NextStateAsync()).Credential.Session;
        Simulator.ChangeUser(Calls.User, user => user with { InstanceUrl = new Uri($"http://localhost:{Simulator.Production.Port}") });
        Assert.Equal(Outcome.Failed, (await Client.TestAccessAsync(Test)).Test.Outcome);
        Simulator.ChangeUser(Calls.User, user => user with { InstanceUrl = Simulator.Sandbox });
        Simulator.Fail(Endpoint.Data, new Failure { Answer = Answer.Json(200, new { identity = "here" }) }, personality: Personality.Sandbox);
        Assert.Equal(Outcome.Succeeded, (await Client.TestAccessAsync(Test)).Test.Outcome);
        var moved = (await watch.ResponseStream.NextAsync(message => message.Credential is not null)).Credential.Session;
        Assert.NotEqual(old.InstanceUrl, moved.InstanceUrl);
    }
}
