using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Action = GrpcCreds.V1.Action;

namespace GrpcCreds.Tests.Api;

/// <summary>The rotation of an app's key and secret: its steps, its schedule, what it waits for, a leak.</summary>
public sealed class SecretRotationTests : SecretRotationTest
{
    private static readonly string Instance = Guid.NewGuid().ToString();

    private const string SecretRotationBySchedule = "schedule";

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

    // Only a node with a name is expected to report.
    private async Task<AsyncServerStreamingCall<WatchActiveCredentialResponse>> OpenNodeAsync()
    {
        var watch = Client.WatchActiveCredential(new(Calls.Watch("acme")) { NodeId = "n1", InstanceId = Instance });
        Assert.NotNull((await watch.NextStateAsync()).Credential);
        Assert.NotNull((await watch.NextStateAsync()).Synced);
        return watch;
    }

    private async Task ReportAsync(long revision) => await Client.ReportCredentialsAsync(new()
    {
        NodeId = "n1", InstanceId = Instance, Reports = { new NodeReport { TenantId = "acme", Revision = revision, Outcome = ReportedOutcome.Applied } },
    });
}
