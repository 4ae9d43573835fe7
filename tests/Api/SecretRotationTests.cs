using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Action = GrpcCreds.V1.Action;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>The rotation of an app's key and secret: its steps, what it waits for, what stops it and what brings the former set back.</summary>
public sealed class SecretRotationTests : ClientCredentialsTest
{
    private const string Person = "a person";

    private static readonly string Instance = Guid.NewGuid().ToString();

    private static string FirstKey => ClientCredentialsAdministration.App.ConsumerKey;

    [Fact]
    public async Task A_rotation_replaces_the_set_and_drops_the_former_one_a_day_after_the_new_one_was_proven()
    {
        var before = await Client.ActivateClientCredentialsAsync();
        Assert.Contains(Action.Rotate, before.ClientCredentials().AvailableActions);
        await RotateAsync();
        var proven = await SucceededAsync();
        var current = proven.ClientCredentials().Current;
        Assert.Equal((RotationStep.Drop, FirstKey, Key), (current.Rotation.Step, current.Rotation.FormerConsumerKey, current.ConsumerKey));
        Assert.NotEqual(FirstKey, current.ConsumerKey);
        Assert.Equal((true, Availability.Serving), (proven.Revision > before.Revision, proven.Availability));
        Assert.True(Simulator.Staged(FirstKey) is { IsRotated: true }, "the former set still works");
        Assert.NotEqual(before.Etag, proven.Etag);

        Clock.Advance(TimeSpan.FromHours(24.1));
        var done = await UntilRotationAsync(rotation => rotation.Step == RotationStep.Done, "it is done");
        Assert.Equal((Outcome.Succeeded, ""), (done.Outcome, done.FormerConsumerKey));
        Assert.Null(Simulator.Staged(Key));
        Assert.NotNull((await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential);
    }

    [Fact]
    public async Task Nodes_get_the_new_session_and_the_app_is_not_touched_until_all_have_applied_it()
    {
        await Client.ActivateClientCredentialsAsync();
        using var watch = await OpenNodeAsync();
        await RotateAsync();
        Assert.NotNull((await watch.NextStateAsync()).Credential);
        await UntilRotationAsync(rotation => rotation.Step == RotationStep.RollOut, "it waits for the node");
        // Nothing else ends the wait.
        await Task.Delay(TimeSpan.FromSeconds(6), TestContext.Current.CancellationToken);
        Assert.Equal((RotationStep.RollOut, FirstKey), ((await RotationAsync()).Step, Key));
        await ReportAsync((await Client.StatusAsync()).Revision);
        Clock.Advance(TimeSpan.FromSeconds(30));
        await SucceededAsync();
        Assert.NotEqual(FirstKey, Key);
    }

    [Fact]
    public async Task A_node_that_says_nothing_delays_it_by_an_hour_at_most()
    {
        await Client.ActivateClientCredentialsAsync();
        using var watch = await OpenNodeAsync();
        await RotateAsync();
        await UntilRotationAsync(rotation => rotation.Step == RotationStep.RollOut, "it waits for the node");
        await AdvanceUntilAsync(() => Key != FirstKey, TimeSpan.FromMinutes(10));
    }

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
    public async Task After_a_leak_the_former_set_and_its_tokens_end_as_soon_as_the_new_one_is_proven()
    {
        await Client.ActivateClientCredentialsAsync();
        var leaked = Assert.Single(Simulator.Sessions());
        await Client.RotateClientSecretAsync(new() { TenantId = "acme", Leaked = true });
        var done = await UntilRotationAsync(rotation => rotation.Step == RotationStep.Done, "it is done");
        Assert.Equal((Outcome.Succeeded, true), (done.Outcome, done.Leaked));
        Assert.Null(Simulator.Staged(Key));
        Clock.Advance(TimeSpan.FromSeconds(2));
        await Waiting.UntilAsync(() => Simulator.Sessions().All(session => session.Number != leaked.Number), "its token is revoked");
        Assert.Equal(Availability.Serving, (await Client.StatusAsync()).Availability);
    }

    [Fact]
    public async Task The_former_set_is_not_dropped_while_JWT_bearer_of_the_same_app_has_its_key()
    {
        await Client.ActivateClientCredentialsAsync();
        await Client.SetJwtBearerCredentialAsync(JwtBearerAdministration.Set());
        await Client.RotateClientSecretAsync(new() { TenantId = "acme", Leaked = true });
        var waits = await UntilRotationAsync(rotation => rotation is { Step: RotationStep.Drop, Failure: not null }, "it is told");
        Assert.Contains("SetJwtBearerCredential", waits.Failure.Advice, StringComparison.Ordinal);
        Assert.Equal(FirstKey, Simulator.Staged(Key)!.ConsumerKey);
        await Client.SetJwtBearerCredentialAsync(new() { TenantId = "acme", ConsumerKey = Key, Activation = Activation.Staged });
        Clock.Advance(TimeSpan.FromHours(24.1));
        await UntilRotationAsync(rotation => rotation is { Step: RotationStep.Done, Failure: null }, "it is done");
        Assert.Null(Simulator.Staged(Key));
    }

    [Fact]
    public async Task A_leak_after_the_new_set_is_in_force_replaces_both()
    {
        await Client.ActivateClientCredentialsAsync();
        await RotateAsync();
        var second = (await SucceededAsync()).ClientCredentials().Current.ConsumerKey;
        await Client.RotateClientSecretAsync(new() { TenantId = "acme", Leaked = true });
        await AdvanceUntilAsync(
            async () => (await RotationAsync()).Step == RotationStep.Done && Key != FirstKey && Key != second, TimeSpan.FromSeconds(5));
        Assert.Null(Simulator.Staged(Key));
    }

    [Fact]
    public async Task A_schedule_rotates_by_itself_and_the_status_says_when()
    {
        var set = ClientCredentialsAdministration.Set();
        set.RotateEvery = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromDays(30));
        var current = (await Client.SetClientCredentialsAsync(set)).Status.ClientCredentials().Current;
        Assert.Equal(30, current.RotateEvery.ToTimeSpan().TotalDays);
        Assert.Equal(Clock.GetUtcNow().AddDays(30), current.NextRotationTime.ToDateTimeOffset(), TimeSpan.FromMinutes(1));
        Clock.Advance(TimeSpan.FromDays(29.9));
        await Task.Delay(TimeSpan.FromSeconds(1.5), TestContext.Current.CancellationToken);
        Assert.Equal(FirstKey, Key);
        Clock.Advance(TimeSpan.FromDays(0.2));
        var rotated = (await SucceededAsync()).ClientCredentials().Current;
        Assert.Equal((SecretRotationBySchedule, Key), (rotated.Rotation.StartedBy, rotated.ConsumerKey));
        // The schedule counts from the new set, and can be ended.
        await AdvanceUntilAsync(async () => (await RotationAsync()).Step == RotationStep.Done, TimeSpan.FromHours(6));
        Assert.NotNull((await Client.StatusAsync()).ClientCredentials().Current.NextRotationTime);
        var ended = await Client.SetClientCredentialsAsync(new() { TenantId = "acme", RotateEvery = new() });
        Assert.Null(ended.Status.ClientCredentials().Current.NextRotationTime);
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

    [Fact]
    public async Task A_credential_in_standby_is_rotated_too_and_no_node_notices()
    {
        await Client.ActivateClientCredentialsAsync();
        var password = await Client.ActivateAsync();
        await RotateAsync();
        var status = await SucceededAsync();
        Assert.Equal((Mode.Password, password.Revision), (status.ActiveMode, status.Revision));
        Assert.NotEqual(FirstKey, Key);
        Assert.Equal(WriteResult.Activated, (await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.ClientCredentials })).Result);
    }

    [Fact]
    public async Task A_rotation_survives_that_an_administrator_changes_another_field()
    {
        await Client.ActivateClientCredentialsAsync();
        await RotateAsync();
        var former = (await SucceededAsync()).ClientCredentials().Current.Rotation.FormerConsumerKey;
        var set = await Client.SetClientCredentialsAsync(new() { TenantId = "acme", OrgId = Ann.OrgId });
        Assert.Equal((WriteResult.Activated, former), (set.Result, set.Status.ClientCredentials().Current.Rotation.FormerConsumerKey));
        Clock.Advance(TimeSpan.FromHours(24.1));
        await UntilRotationAsync(rotation => rotation.Step == RotationStep.Done, "it is done");
        Assert.Null(Simulator.Staged(Key));
    }

    [Fact]
    public async Task Repeating_the_call_starts_no_second_rotation()
    {
        await Client.ActivateClientCredentialsAsync();
        var request = new RotateClientSecretRequest { TenantId = "acme", RequestId = Guid.NewGuid().ToString() };
        Assert.Equal(WriteResult.RotationStarted, (await Client.RotateClientSecretAsync(request)).Result);
        Assert.Equal(WriteResult.RotationStarted, (await Client.RotateClientSecretAsync(request)).Result);
        await SucceededAsync();
        Assert.Single(Simulator.Requests(), entry => entry is { Method: "POST", Path: var path } && path.EndsWith("/staged", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_watch_ends_with_the_rotation()
    {
        await Client.ActivateClientCredentialsAsync();
        await RotateAsync();
        using var watch = Client.WatchCredentialStatus(new() { TenantId = "acme", Until = Until.RotationFinished });
        CredentialStatus? last = null;
        await foreach (var message in watch.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
            last = message.Status;
        Assert.Equal(Outcome.Succeeded, last!.ClientCredentials().Current.Rotation.Outcome);
    }

    [Fact]
    public async Task What_is_wrong_is_said_and_changes_nothing()
    {
        await Client.RotateClientSecretAsync(new() { TenantId = "acme" }).FailsAsync(StatusCode.FailedPrecondition, "NOTHING_TO_ROTATE");
        var refused = await Client.RotateClientSecretAsync(new() { TenantId = "acme", StagedConsumerKey = "with space", Etag = "" })
            .FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
        Assert.Contains("staged_consumer_key", refused.Message, StringComparison.Ordinal);
        foreach (var seconds in new[] { 1, 86_399, 366 * 86_400, -5 })
        {
            var set = ClientCredentialsAdministration.Set();
            set.RotateEvery = new() { Seconds = seconds };
            var wrong = await Client.SetClientCredentialsAsync(set).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
            Assert.Contains("rotate_every", wrong.Message, StringComparison.Ordinal);
        }
        await Client.ActivateClientCredentialsAsync();
        await Client.RotateClientSecretAsync(new() { TenantId = "acme", Etag = "1" }).FailsAsync(StatusCode.Aborted, "ETAG_MISMATCH");
        Assert.Null((await Client.StatusAsync()).ClientCredentials().Current.Rotation);
    }

    private const string SecretRotationBySchedule = "schedule";

    /// <summary>The key that is the app's primary one at Salesforce.</summary>
    private string Key => Simulator.Apps().Single(app => app.ConsumerKey.StartsWith(FirstKey, StringComparison.Ordinal)).ConsumerKey;

    private async Task RotateAsync() =>
        Assert.Equal(WriteResult.RotationStarted, (await Client.RotateClientSecretAsync(new() { TenantId = "acme" })).Result);

    private async Task<SecretRotation> RotationAsync(string tenant = "acme") => (await Client.StatusAsync(tenant)).ClientCredentials().Current.Rotation;

    private async Task<SecretRotation> UntilRotationAsync(Func<SecretRotation, bool> condition, string what)
    {
        SecretRotation? rotation = null;
        await Waiting.UntilAsync(async () => condition(rotation = await RotationAsync()), what);
        return rotation!;
    }

    private Task<CredentialStatus> SucceededAsync() =>
        UntilAsync(status => status.ClientCredentials().Current.Rotation?.Outcome == Outcome.Succeeded, "the new set is proven");

    private Task AdvanceUntilAsync(Func<bool> condition, TimeSpan by) => AdvanceUntilAsync(() => Task.FromResult(condition()), by);

    private async Task AdvanceUntilAsync(Func<Task<bool>> condition, TimeSpan by)
    {
        for (var i = 0; i < 60 && !await condition(); i++)
        {
            Clock.Advance(by);
            await Task.Delay(250, TestContext.Current.CancellationToken);
        }
        Assert.True(await condition());
    }

    // Only a node with a name is expected to report.
    private async Task<AsyncServerStreamingCall<WatchActiveCredentialResponse>> OpenNodeAsync()
    {
        var watch = Client.WatchActiveCredential(new(Calls.Watch("acme")) { NodeId = "n1", InstanceId = Instance });
        Assert.NotNull((await watch.NextStateAsync()).Credential);
        Assert.NotNull((await watch.NextStateAsync()).Synced);
        return watch;
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

    private async Task ReportAsync(long revision) => await Client.ReportCredentialsAsync(new()
    {
        NodeId = "n1", InstanceId = Instance, Reports = { new NodeReport { TenantId = "acme", Revision = revision, Outcome = ReportedOutcome.Applied } },
    });
}
