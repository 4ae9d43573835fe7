using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>What stops a rotation, what it does about a lost answer, and what brings the former set back.</summary>
public sealed class SecretRotationFaultsTests : SecretRotationTest
{
    private const string Person = "a person";

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    public async Task Without_a_permission_or_the_setting_it_stops_and_says_what_is_needed_and_goes_on_when_it_is_given(
        bool setting, bool developer, bool viewSecret)
    {
        await Client.ActivateClientCredentialsAsync();
        Allow(setting, developer, viewSecret);
        await RotateAsync();
        var stopped = await UntilRotationAsync(rotation => rotation.Outcome == Outcome.Failed, "it stops");
        Assert.Equal((FailureClass.NotPermitted, RotationStep.Look), (stopped.Failure.FailureClass, stopped.Step));
        foreach (var word in new[] { "REST API", "External Client App Developer", "View Client Secret" })
            Assert.Contains(word, stopped.Failure.Advice, StringComparison.Ordinal);
        Assert.Null(stopped.NextTime);
        Assert.Contains(Warning.SecretRotationFailing, (await Client.StatusAsync()).Warnings);
        Allow(setting: true, developer: true, viewSecret: true);
        await RotateAsync();
        Assert.DoesNotContain(Warning.SecretRotationFailing, (await SucceededAsync()).Warnings);
    }

    [Fact]
    public async Task An_app_of_a_package_cannot_be_rotated_and_its_secret_continues()
    {
        await Client.ActivateClientCredentialsAsync();
        ChangeApp(app => app with { IsPackaged = true });
        await RotateAsync();
        var stopped = await UntilRotationAsync(rotation => rotation.Outcome == Outcome.Failed, "it stops");
        Assert.Equal(FailureClass.NotPermitted, stopped.Failure.FailureClass);
        Assert.Equal(Availability.Serving, (await Client.StatusAsync()).Availability);
    }

    [Fact]
    public async Task A_set_that_somebody_else_staged_is_neither_used_nor_dropped_until_an_administrator_allows_it()
    {
        await Client.ActivateClientCredentialsAsync();
        var foreign = Simulator.Stage(FirstKey, Person);
        await RotateAsync();
        var stopped = await UntilRotationAsync(rotation => rotation.Outcome == Outcome.Failed, "it stops");
        Assert.Contains(foreign.ConsumerKey, stopped.Failure.Advice, StringComparison.Ordinal);
        Assert.Equal((foreign, FirstKey), (Simulator.Staged(FirstKey), Key));
        await Client.RotateClientSecretAsync(new() { TenantId = "acme", StagedConsumerKey = foreign.ConsumerKey });
        Assert.Equal(foreign.ConsumerKey, (await SucceededAsync()).ClientCredentials().Current.ConsumerKey);
    }

    [Fact]
    public async Task A_set_that_appears_between_the_look_and_the_staging_is_found_out()
    {
        await Client.ActivateClientCredentialsAsync();
        using (var hold = Simulator.Hold(Endpoint.StageCredentials))
        {
            await RotateAsync();
            await hold.WaitAsync(1, TestContext.Current.CancellationToken);
            Simulator.Stage(FirstKey, Person);
        }
        var stopped = await UntilRotationAsync(rotation => rotation.Outcome == Outcome.Failed, "it stops");
        Assert.Contains(Simulator.Staged(FirstKey)!.ConsumerKey, stopped.Failure.Advice, StringComparison.Ordinal);
        Assert.Equal(FirstKey, Key);
    }

    [Theory]
    [InlineData("""{"stagedCredentials":[{"secret":"no key"}]}""")]
    [InlineData("""{"stagedCredentials":[{"key":"<script>\u0000","secret":"s"}]}""")]
    [InlineData("""{"stagedCredentials":[{"key":12}]}""")]
    [InlineData("<html>")]
    public async Task An_answer_that_cannot_be_read_does_not_pass_for_no_set_and_is_asked_for_again(string body)
    {
        await Client.ActivateClientCredentialsAsync();
        Simulator.Fail(Endpoint.StagedCredentials, Failure.Status(200, body, "application/json"));
        await RotateAsync();
        var waits = await UntilRotationAsync(rotation => rotation.Failure is not null, "it is told");
        Assert.Equal((RotationStep.Look, FailureClass.Unavailable, false), (waits.Step, waits.Failure.FailureClass, waits.Failure.Advice.Contains('<')));
        await AdvanceUntilAsync(async () => (await RotationAsync()).Outcome == Outcome.Succeeded, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_set_that_somebody_stages_in_the_place_of_the_former_one_is_not_dropped()
    {
        await Client.ActivateClientCredentialsAsync();
        await RotateAsync();
        await SucceededAsync();
        Assert.True(Simulator.DropStaged(Key));
        var foreign = Simulator.Stage(Key, Person);
        Clock.Advance(TimeSpan.FromHours(24.1));
        await UntilRotationAsync(rotation => rotation is { Step: RotationStep.Done, Failure: null }, "it is done");
        Assert.Equal(foreign, Simulator.Staged(Key));
    }

    [Fact]
    public async Task The_former_set_is_not_dropped_while_the_new_one_does_not_pass_all_checks()
    {
        await Client.ActivateClientCredentialsAsync();
        await RotateAsync();
        await SucceededAsync();
        Simulator.Fail(Endpoint.Data, Failure.Rest(403, "API_DISABLED_FOR_ORG", "API is not enabled"), times: 1000);
        Clock.Advance(TimeSpan.FromHours(24.1));
        await UntilRotationAsync(rotation => rotation is { Step: RotationStep.Drop, Failure: not null }, "it is told");
        Assert.Equal(FirstKey, Simulator.Staged(Key)!.ConsumerKey);
        Simulator.ClearFailures();
        await AdvanceUntilAsync(async () => (await RotationAsync()).Step == RotationStep.Done, TimeSpan.FromSeconds(20));
        Assert.Null(Simulator.Staged(Key));
    }

    [Fact]
    public async Task A_set_that_somebody_stages_while_the_answer_is_lost_is_not_taken_for_the_services_own()
    {
        await Client.ActivateClientCredentialsAsync();
        Simulator.Fail(Endpoint.StageCredentials, Failure.ResetBeforeProcessing());
        await RotateAsync();
        await UntilRotationAsync(rotation => rotation.Failure is not null, "the answer is lost");
        var foreign = Simulator.Stage(FirstKey, Person);
        await AdvanceUntilAsync(async () => (await RotationAsync()).Outcome == Outcome.Failed, TimeSpan.FromSeconds(20));
        Assert.Equal((foreign, FirstKey), (Simulator.Staged(FirstKey), Key));
    }

    [Theory]
    [InlineData(Endpoint.AppUsage)]
    [InlineData(Endpoint.AppCredentials)]
    [InlineData(Endpoint.StagedCredentials)]
    [InlineData(Endpoint.StageCredentials)]
    [InlineData(Endpoint.Token)]
    [InlineData(Endpoint.RotateCredentials)]
    public async Task A_lost_answer_at_any_step_is_followed_by_a_look_and_ends_with_the_new_set(Endpoint endpoint)
    {
        foreach (var failure in new[] { Failure.ResetAfterProcessing(), Failure.ResetBeforeProcessing(), Failure.Html(500) })
        {
            var tenant = $"acme-{failure.Delivery}".ToLowerInvariant();
            var app = AddApp(tenant);
            await SetAsync(tenant, app);
            Simulator.Fail(endpoint, failure);
            await Client.RotateClientSecretAsync(new() { TenantId = tenant });
            await AdvanceUntilAsync(async () => (await RotationAsync(tenant)).Outcome == Outcome.Succeeded, TimeSpan.FromSeconds(30));
            var current = (await Client.StatusAsync(tenant)).ClientCredentials().Current;
            Assert.Equal(app.ConsumerKey, current.Rotation.FormerConsumerKey);
            Assert.True(Simulator.Staged(app.ConsumerKey) is { IsRotated: true } staged && staged.ConsumerKey == app.ConsumerKey);
            Assert.Contains(Simulator.Apps(), each => each.ConsumerKey == current.ConsumerKey);
        }
    }

    [Fact]
    public async Task A_lost_answer_to_the_drop_leaves_nothing_behind()
    {
        await Client.ActivateClientCredentialsAsync();
        await RotateAsync();
        await SucceededAsync();
        Simulator.Fail(Endpoint.DropCredentials, Failure.ResetAfterProcessing());
        Clock.Advance(TimeSpan.FromHours(24.1));
        await AdvanceUntilAsync(async () => (await RotationAsync()).Step == RotationStep.Done, TimeSpan.FromSeconds(30));
        Assert.Null(Simulator.Staged(Key));
    }

    [Fact]
    public async Task A_new_set_that_is_not_known_everywhere_yet_is_tried_again()
    {
        await Client.ActivateClientCredentialsAsync();
        ChangeApp(app => app with { StagedKnownAfter = TimeSpan.FromMinutes(10) });
        await RotateAsync();
        var waits = await UntilRotationAsync(rotation => rotation.Failure is not null, "it is refused");
        Assert.Equal((Outcome.Pending, RotationStep.Test), (waits.Outcome, waits.Step));
        await AdvanceUntilAsync(async () => (await RotationAsync()).Outcome == Outcome.Succeeded, TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_new_set_that_reaches_another_user_is_not_used()
    {
        await Client.ActivateClientCredentialsAsync();
        var before = await Client.StatusAsync();
        using (var hold = Simulator.Hold(Endpoint.StageCredentials, HoldPoint.AfterProcessing))
        {
            await RotateAsync();
            await hold.WaitAsync(1, TestContext.Current.CancellationToken);
            ChangeApp(app => app with { RunAs = OtherUser().Username });
        }
        var stopped = await UntilRotationAsync(rotation => rotation.Outcome == Outcome.Failed, "it stops");
        Assert.Equal((FailureClass.WrongIdentity, RotationStep.Test), (stopped.Failure.FailureClass, stopped.Step));
        Assert.Equal((before.Revision, FirstKey), ((await Client.StatusAsync()).Revision, Key));
        // What the service staged is still its own.
        ChangeApp(app => app with { RunAs = Ann.Username });
        await RotateAsync();
        await SucceededAsync();
    }

    [Fact]
    public async Task If_the_new_set_is_dropped_before_it_is_primary_the_former_one_comes_back()
    {
        await Client.ActivateClientCredentialsAsync();
        Simulator.Fail(Endpoint.RotateCredentials, Failure.Rest(503, "SERVER_UNAVAILABLE", "later"), times: 1000);
        await RotateAsync();
        await UntilRotationAsync(rotation => rotation is { Step: RotationStep.Promote, Failure: not null }, "it cannot be promoted");
        Assert.True(Simulator.DropStaged(FirstKey));
        await AdvanceUntilAsync(async () => (await RotationAsync()).Outcome == Outcome.Failed, TimeSpan.FromSeconds(30));
        var status = await Client.StatusAsync();
        Assert.Equal((Availability.Serving, FirstKey), (status.Availability, status.ClientCredentials().Current.ConsumerKey));
        Assert.Contains(Warning.SecretRotationFailing, status.Warnings);
        Simulator.ClearFailures();
        await RotateAsync();
        await SucceededAsync();
    }

    [Fact]
    public async Task If_the_new_set_cannot_be_made_primary_for_a_day_the_former_one_comes_back()
    {
        await Client.ActivateClientCredentialsAsync();
        Simulator.Fail(Endpoint.RotateCredentials, Failure.Rest(403, "INSUFFICIENT_ACCESS", "no"), times: 1000);
        await RotateAsync();
        await UntilRotationAsync(rotation => rotation is { Step: RotationStep.Promote, Failure: not null }, "it cannot be promoted");
        await AdvanceUntilAsync(async () => (await RotationAsync()).Outcome == Outcome.Failed, TimeSpan.FromHours(5));
        var status = await Client.StatusAsync();
        Assert.Equal(FirstKey, status.ClientCredentials().Current.ConsumerKey);
        // The set that the service staged is known as its own, and is used by the next attempt.
        Simulator.ClearFailures();
        var staged = Simulator.Staged(FirstKey)!.ConsumerKey;
        await RotateAsync();
        Assert.Equal(staged, (await SucceededAsync()).ClientCredentials().Current.ConsumerKey);
    }

    [Fact]
    public async Task If_the_new_set_stops_working_as_the_primary_one_the_former_one_comes_back_and_is_made_primary_by_the_next_rotation()
    {
        await Client.ActivateClientCredentialsAsync();
        using (var hold = Simulator.Hold(Endpoint.RotateCredentials, HoldPoint.AfterProcessing))
        {
            await RotateAsync();
            await hold.WaitAsync(1, TestContext.Current.CancellationToken);
            // Salesforce accepts the former set, but not the one that is primary now.
            ChangeApp(app => app with { ConsumerSecret = "other" });
        }
        await UntilRotationAsync(rotation => rotation is { Step: RotationStep.Prove, Failure: not null }, "it cannot be proven");
        await AdvanceUntilAsync(async () => (await RotationAsync()).Outcome == Outcome.Failed, TimeSpan.FromMinutes(10));
        var status = await Client.StatusAsync();
        Assert.Equal((Availability.Serving, FirstKey), (status.Availability, status.ClientCredentials().Current.ConsumerKey));
        Assert.Contains("30 days", status.ClientCredentials().Current.Rotation.Failure.Advice, StringComparison.Ordinal);
        await RotateAsync();
        await SucceededAsync();
        Assert.Equal(FirstKey, Key);
    }

    [Fact]
    public async Task A_set_that_was_made_for_a_credential_that_is_gone_is_dropped_again()
    {
        await Client.ActivateClientCredentialsAsync();
        using (var hold = Simulator.Hold(Endpoint.StageCredentials, HoldPoint.AfterProcessing))
        {
            await RotateAsync();
            await hold.WaitAsync(1, TestContext.Current.CancellationToken);
            var deletion = Client.DeleteClientCredentialsAsync(new() { TenantId = "acme", AllowActive = true });
            await UntilAsync(status => status.Availability == Availability.Deleted, "it is deleted");
            hold.Release();
            await deletion;
        }
        await Waiting.UntilAsync(() => Simulator.Staged(FirstKey) is null, "the unused set is dropped");
    }

    private ConnectedApp AddApp(string name) => Simulator.AddApp(
        ClientCredentialsAdministration.App with { ConsumerKey = $"3MVG9.{name}", ConsumerSecret = $"secret-of-{name}", RunAs = Ann.Username });

    private async Task SetAsync(string tenant, ConnectedApp app)
    {
        var set = ClientCredentialsAdministration.Set(tenant);
        (set.ConsumerKey, set.ConsumerSecret) = (app.ConsumerKey, app.ConsumerSecret);
        Assert.Equal(WriteResult.Activated, (await Client.SetClientCredentialsAsync(set)).Result);
    }

    private void Allow(bool setting, bool developer, bool viewSecret)
    {
        Simulator.AllowAppSecrets(setting);
        Simulator.ChangeUser(Ann.Username, user => user with { ExternalClientAppDeveloper = developer, ViewClientSecret = viewSecret });
    }
}
