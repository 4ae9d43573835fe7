using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>The effect of etag and request_id in the OAuth calls.</summary>
public sealed class OAuthRequestTests : OAuthServiceTest
{
    private const string Stale = "1";

    [Fact]
    public async Task An_etag_that_is_not_the_tenants_stops_every_call()
    {
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var signedIn = await Client.SignInAsync();
        var before = await Client.StatusAsync();
        await Client.SetOAuthCredentialAsync(new(OAuthAdministration.SetOAuth()) { Etag = Stale }).FailsAsync(StatusCode.Aborted, "ETAG_MISMATCH");
        await Client.ResetOAuthAsync(new() { TenantId = "acme", Etag = Stale }).FailsAsync(StatusCode.Aborted, "ETAG_MISMATCH");
        await Client.StartOAuthSetupAsync(new() { TenantId = "acme", Etag = Stale }).FailsAsync(StatusCode.Aborted, "ETAG_MISMATCH");
        await Client.CompleteOAuthSetupAsync(new(signedIn) { Etag = Stale }).FailsAsync(StatusCode.Aborted, "ETAG_MISMATCH");
        await Client.DeleteOAuthAsync(new() { TenantId = "acme", Etag = Stale }).FailsAsync(StatusCode.Aborted, "ETAG_MISMATCH");
        Assert.Equal(before, await Client.StatusAsync());
        Assert.Equal(0, TokenRequests);
        Assert.Equal(WriteResult.Activated, (await Client.CompleteOAuthSetupAsync(new(signedIn) { Etag = before.Etag })).Result);
    }

    [Fact]
    public async Task An_etag_changes_with_every_write_and_finished_setup_and_with_nothing_else()
    {
        var etags = new List<string> { (await Client.StatusAsync()).Etag };
        etags.Add((await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth())).Status.Etag);
        var started = await Client.StartOAuthSetupAsync(new() { TenantId = "acme" });
        etags.Add(started.Status.Etag);
        etags.Add((await Client.CompleteOAuthSetupAsync(await SignIn.FollowAsync(started.AuthorizationUrl))).Status.Etag);
        Assert.Equal(etags[^1], (await Client.TestAccessAsync(new() { TenantId = "acme", Mode = Mode.Oauth })).Status.Etag);
        Clock.Advance(TimeSpan.FromMinutes(16));
        Assert.NotNull((await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential);
        Assert.Equal(etags[^1], (await Client.StatusAsync()).Etag);
        etags.Add((await Client.ResetOAuthAsync(new() { TenantId = "acme" })).Status.Etag);
        etags.Add((await Client.DiscardCandidateAsync(new() { TenantId = "acme", Mode = Mode.Oauth })).Status.Etag);
        etags.Add((await Client.DeleteOAuthAsync(new() { TenantId = "acme", AllowActive = true })).Status.Etag);
        Assert.Equal(etags.Count, etags.Distinct().Count());
    }

    [Fact]
    public async Task A_repeated_set_or_reset_is_applied_once()
    {
        var set = new SetOAuthCredentialRequest(OAuthAdministration.SetOAuth()) { RequestId = NewId() };
        var first = await Client.SetOAuthCredentialAsync(set);
        Assert.Equal(first, await Client.SetOAuthCredentialAsync(set));
        await Client.SetOAuthCredentialAsync(new(set) { UserId = "005x00000012Q9P" }).FailsAsync(StatusCode.AlreadyExists, "REQUEST_ID_REUSED");
        var reset = new ResetOAuthRequest { TenantId = "acme", RequestId = NewId() };
        Assert.Equal(await Client.ResetOAuthAsync(reset), await Client.ResetOAuthAsync(reset));
    }

    [Fact]
    public async Task A_repeated_start_gives_the_same_urls_until_the_setup_is_over()
    {
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var start = new StartOAuthSetupRequest { TenantId = "acme", RequestId = NewId() };
        var first = await Client.StartOAuthSetupAsync(start);
        Assert.StartsWith(Simulator.Production.ToString(), first.AuthorizationUrl, StringComparison.Ordinal);
        Assert.StartsWith("http://localhost:5081/oauth/start?state=", first.StartUrl, StringComparison.Ordinal);
        Assert.InRange(first.ExpireTime.ToDateTimeOffset(), Clock.GetUtcNow().AddMinutes(9), Clock.GetUtcNow().AddMinutes(10));
        Assert.Equal(first, await Client.StartOAuthSetupAsync(start));

        Assert.Equal(WriteResult.Activated, (await Client.CompleteOAuthSetupAsync(await SignIn.FollowAsync(first.AuthorizationUrl))).Result);
        var late = await Client.StartOAuthSetupAsync(start);
        Assert.Equal((WriteResult.WaitingForSetup, "", "", null), (late.Result, late.AuthorizationUrl, late.StartUrl, late.ExpireTime));
        Assert.Equal(Outcome.Succeeded, late.Status.OAuth().LastSetup.Outcome);
    }

    [Fact]
    public async Task A_repeated_completion_gives_the_same_result_and_asks_for_no_second_token()
    {
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var complete = new CompleteOAuthSetupRequest(await Client.SignInAsync()) { RequestId = NewId() };
        using var hold = Simulator.Hold(Endpoint.Token);
        var first = Client.CompleteOAuthSetupAsync(complete).ResponseAsync;
        await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken);
        // Sent again while the first is on its way.
        var meanwhile = Client.CompleteOAuthSetupAsync(complete).ResponseAsync;
        hold.Release();
        Assert.Equal((WriteResult.Activated, WriteResult.Activated), ((await first).Result, (await meanwhile).Result));
        Assert.Equal(await first, await Client.CompleteOAuthSetupAsync(complete));
        Assert.Equal(1, TokenRequests);
        await Client.CompleteOAuthSetupAsync(new(complete) { Code = "another" }).FailsAsync(StatusCode.AlreadyExists, "REQUEST_ID_REUSED");
    }

    [Fact]
    public async Task A_repeated_completion_of_a_refused_sign_in_fails_in_the_same_way()
    {
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        Simulator.SetConsent(Consent.Deny);
        var complete = new CompleteOAuthSetupRequest(await Client.SignInAsync()) { RequestId = NewId() };
        var first = await Client.CompleteOAuthSetupAsync(complete);
        Assert.Equal(WriteResult.TestFailed, first.Result);
        Assert.Equal(first, await Client.CompleteOAuthSetupAsync(complete));
    }

    [Fact]
    public async Task A_repeated_delete_gives_the_same_answer()
    {
        await Client.ConnectAsync();
        var delete = new DeleteOAuthRequest { TenantId = "acme", AllowActive = true, RequestId = NewId() };
        var first = await Client.DeleteOAuthAsync(delete);
        Assert.Equal((WriteResult.Removed, Outcome.Succeeded), (first.Result, first.Revocation));
        Assert.Equal(first, await Client.DeleteOAuthAsync(delete));
        Assert.Equal(1, Requests("revoke"));
    }

    private static string NewId() => Guid.NewGuid().ToString();
}
