using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>Grants that are no longer needed are also revoked at Salesforce.</summary>
public sealed class OAuthDeleteTests : OAuthServiceTest
{
    [Fact]
    public async Task What_serves_is_deleted_only_by_who_says_so()
    {
        await Client.ConnectAsync();
        await Client.DeleteOAuthAsync(new() { TenantId = "acme" }).FailsAsync(StatusCode.FailedPrecondition, "CREDENTIAL_IN_USE");
        Assert.Null(Assert.Single(Simulator.Grants()).End);
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        var deleted = await Client.DeleteOAuthAsync(new() { TenantId = "acme", AllowActive = true });
        Assert.Equal((WriteResult.Removed, Outcome.Succeeded, Availability.Deleted, Mode.Off),
            (deleted.Result, deleted.Revocation, deleted.Status.Availability, deleted.Status.ActiveMode));
        Assert.Equal(Availability.Deleted, (await watch.NextStateAsync()).Unavailable.Cause);
        Assert.Equal(TokenEnd.Revoked, Assert.Single(Simulator.Grants()).End);
        Assert.Empty(deleted.Status.OAuth().AvailableActions);
        var again = await Client.DeleteOAuthAsync(new() { TenantId = "acme" });
        Assert.Equal((WriteResult.Unchanged, false), (again.Result, again.HasRevocation));
    }

    [Fact]
    public async Task Where_there_was_no_grant_nothing_is_said_of_a_revocation()
    {
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var deleted = await Client.DeleteOAuthAsync(new() { TenantId = "acme" });
        Assert.Equal((WriteResult.Removed, false), (deleted.Result, deleted.HasRevocation));
        Assert.Equal(0, Requests("revoke"));
    }

    [Fact]
    public async Task Current_candidate_and_retiring_grants_are_revoked_at_once()
    {
        await Client.ConnectAsync();
        await Client.ActivateAsync();
        await Client.SetUpAsync();
        await Client.SetOAuthCredentialAsync(new(OAuthAdministration.SetOAuth()) { Activation = Activation.Staged });
        await Client.SetUpAsync();
        Assert.Equal(3, Simulator.Grants().Count(grant => grant.End is null));
        var deleted = await Client.DeleteOAuthAsync(new() { TenantId = "acme" });
        Assert.Equal((Outcome.Succeeded, Availability.Serving, Mode.Password), (deleted.Revocation, deleted.Status.Availability, deleted.Status.ActiveMode));
        Assert.All(Simulator.Grants(), grant => Assert.Equal(TokenEnd.Revoked, grant.End));
    }

    [Fact]
    public async Task A_grant_that_is_gone_already_counts_as_revoked()
    {
        await Client.ConnectAsync();
        Simulator.RevokeGrant(1);
        Assert.Equal(Outcome.Succeeded, (await Client.DeleteOAuthAsync(new() { TenantId = "acme", AllowActive = true })).Revocation);
    }

    [Fact]
    public async Task While_Salesforce_is_down_the_revocation_is_pending()
    {
        await Client.ConnectAsync();
        Simulator.Fail(Endpoint.Revoke, Failure.Html(503));
        var deleting = Client.DeleteOAuthAsync(new() { TenantId = "acme", AllowActive = true }).ResponseAsync;
        await Waiting.UntilAsync(() => Requests("revoke") == 1, "it is tried");
        Clock.Advance(TimeSpan.FromSeconds(6));
        var deleted = await deleting;
        Assert.Equal((WriteResult.Removed, Outcome.Pending, Availability.Deleted), (deleted.Result, deleted.Revocation, deleted.Status.Availability));
        Assert.Null(Simulator.Grants()[0].End);
        // A second delete retries the revocation at once.
        var again = await Client.DeleteOAuthAsync(new() { TenantId = "acme" });
        Assert.Equal((WriteResult.Unchanged, Outcome.Succeeded), (again.Result, again.Revocation));
        Assert.Equal(TokenEnd.Revoked, Simulator.Grants()[0].End);
    }

    [Fact]
    public async Task After_24_hours_in_vain_the_operator_is_told()
    {
        Service.ExpectedErrors = record => record.Message.Contains("could not be revoked for 24 h", StringComparison.Ordinal);
        await Client.ConnectAsync();
        Simulator.Fail(Endpoint.Revoke, Failure.Html(503), times: 2);
        var deleting = Client.DeleteOAuthAsync(new() { TenantId = "acme", AllowActive = true }).ResponseAsync;
        await Waiting.UntilAsync(() => Requests("revoke") == 1, "it is tried");
        Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(Outcome.Pending, (await deleting).Revocation);
        Clock.Advance(TimeSpan.FromHours(24.1));
        await Waiting.UntilAsync(() => Service.Logs.GetSnapshot().Any(Service.ExpectedErrors), "the operator is told");
        Assert.Contains(Ann.OrgId, Service.Logs.GetSnapshot().Single(Service.ExpectedErrors).Message, StringComparison.Ordinal);
        Assert.Equal(Outcome.Succeeded, (await DeleteAgainAsync()).Revocation);

        async Task<DeleteOAuthResponse> DeleteAgainAsync()
        {
            await Client.ConnectAsync();
            return await Client.DeleteOAuthAsync(new() { TenantId = "acme", AllowActive = true });
        }
    }

    [Fact]
    public async Task A_pending_revocation_outlives_the_service()
    {
        using var directory = new TemporaryDirectory();
        await using (var first = await StartAsync(directory))
        {
            await first.Client.ConnectAsync();
            Simulator.Fail(Endpoint.Revoke, Failure.ResetBeforeProcessing());
            var deleting = first.Client.DeleteOAuthAsync(new() { TenantId = "acme", AllowActive = true }).ResponseAsync;
            await Waiting.UntilAsync(() => Requests("revoke") == 1, "it is tried");
            Clock.Advance(TimeSpan.FromSeconds(6));
            Assert.Equal(Outcome.Pending, (await deleting).Revocation);
        }
        await using var second = await StartAsync(directory);
        Assert.Null(Simulator.Grants()[0].End);
        Clock.Advance(TimeSpan.FromMinutes(1.6));
        await Waiting.UntilAsync(() => Simulator.Grants()[0].End == TokenEnd.Revoked, "it is revoked");
    }

    [Fact]
    public async Task A_discarded_candidates_grant_is_revoked_and_that_in_force_is_asked_after()
    {
        var before = await Client.ConnectAsync();
        await StageAsync();
        var discarded = await Client.DiscardCandidateAsync(new() { TenantId = "acme", Mode = Mode.Oauth });
        Assert.Equal((WriteResult.Removed, before.Revision), (discarded.Result, discarded.Status.Revision));
        await Waiting.UntilAsync(() => Simulator.Grants()[1].End == TokenEnd.Revoked, "the candidate's grant is revoked");
        await Waiting.UntilAsync(() => Requests("userinfo") == 3, "the session in force is checked");
        Assert.Equal((before.Revision, null, 0), ((await Client.StatusAsync()).Revision, Simulator.Grants()[0].End, Refreshes));
    }

    [Fact]
    public async Task A_session_in_force_that_died_with_another_grant_of_its_user_is_renewed()
    {
        await Client.ConnectAsync();
        var (watch, first) = await Client.OpenWatchAsync();
        using var _ = watch;
        await DiscardAndEndAsync(() => Simulator.ExpireAccessTokens(1));
        var renewed = (await watch.NextStateAsync()).Credential;
        Assert.NotEqual(first.Credential.Session.AccessToken, renewed.Session.AccessToken);
        Assert.Equal(1, Refreshes);
    }

    [Fact]
    public async Task So_it_is_where_nobody_watches()
    {
        var before = await Client.ConnectAsync();
        await DiscardAndEndAsync(() => Simulator.ExpireAccessTokens(1));
        await UntilAsync(status => status.Revision > before.Revision, "it is renewed");
        Assert.Equal(Assert.Single(Simulator.Sessions()).Id,
            (await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential.Session.AccessToken);
    }

    [Fact]
    public async Task A_grant_in_force_that_died_with_another_of_its_user_is_told_to_nodes_at_once()
    {
        await Client.ConnectAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        await DiscardAndEndAsync(() => Simulator.RevokeGrant(1));
        Assert.Equal(Availability.ReauthorizationRequired, (await watch.NextStateAsync()).Unavailable.Cause);
        Assert.Equal(1, Refreshes);
    }

    private async Task StageAsync()
    {
        await Client.SetOAuthCredentialAsync(new(OAuthAdministration.SetOAuth()) { Activation = Activation.Staged });
        Assert.Equal(WriteResult.Staged, (await Client.SetUpAsync()).Result);
    }

    // As if the revocation of the candidate's grant had taken that of the current one with it.
    private async Task DiscardAndEndAsync(System.Action end)
    {
        await StageAsync();
        using var hold = Simulator.Hold(Endpoint.Revoke, HoldPoint.AfterProcessing);
        await Client.DiscardCandidateAsync(new() { TenantId = "acme", Mode = Mode.Oauth });
        await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken);
        end();
        hold.Release();
    }

    private Task<Service> StartAsync(TemporaryDirectory directory) => Service.StartAsync(Simulator, directory, Clock, Settings, Configure);
}
