using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>A setup as the person in front of the browser sees it.</summary>
public sealed class OAuthPagesTests : OAuthPageTest
{
    [Fact]
    public async Task Who_was_led_straight_to_Salesforce_is_told_what_for_before_anything_is_done()
    {
        var setup = await SetAndStartAsync();
        var callback = await SignInDirectlyAsync(setup.AuthorizationUrl);
        var page = (await GetAsync(callback)).Says(409, "Do you want to connect acme");
        page.Says(409, Configured.UserId).Says(409, "development");
        Assert.Equal((Outcome.Pending, 0), ((await LastSetupAsync()).Outcome, TokenRequests()));

        // Looking again is not enough.
        (await GetAsync(callback)).Says(409, "Do you want to connect acme");
        Assert.Equal(0, TokenRequests());

        var start = await GetAsync(Here(page.Link));
        (await GetAsync(await SignInDirectlyAsync(start.Link))).Says(200, "OAuth is set up and in force");
    }

    [Fact]
    public async Task A_browser_that_has_not_seen_the_start_page_cannot_end_a_setup_with_an_error()
    {
        var setup = await SetAndStartAsync();
        Simulator.SetConsent(Consent.Deny);
        (await GetAsync(await SignInDirectlyAsync(setup.AuthorizationUrl))).Says(409, "Do you want to connect acme");
        Assert.Equal(Outcome.Pending, (await LastSetupAsync()).Outcome);
    }

    [Fact]
    public async Task A_person_is_led_from_the_link_through_Salesforce_and_the_nodes_have_the_session()
    {
        await Client.ActivateAsync();
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        Assert.Equal(Mode.Password, (await watch.ResponseStream.NextAsync()).Credential.Mode);

        var setup = await SetAndStartAsync();
        var start = (await GetAsync(Here(setup.StartUrl))).Says(200, "Connect acme to Salesforce");
        Assert.All(
            [Configured.OrgId, Configured.UserId, "Production", "development", $"{setup.ExpireTime.ToDateTime():yyyy-MM-dd HH:mm:ss} UTC"],
            fact => Assert.Contains(fact, start.Text, StringComparison.Ordinal));
        Assert.Equal(setup.AuthorizationUrl, start.Link);
        Assert.DoesNotContain(' ', start.Link);
        (await GetAsync(Here(setup.StartUrl))).Says(200, "Connect acme to Salesforce");

        (await GetAsync(await SignInAsync(start.Link))).Says(200, "OAuth is set up and in force");
        var message = await watch.ResponseStream.NextAsync(message => message.Credential is { Mode: Mode.Oauth });
        Assert.Equal((Configured.OrgId, Configured.UserId), (message.Credential.Session.OrgId, message.Credential.Session.UserId));
        var last = await LastSetupAsync();
        Assert.Equal((Outcome.Succeeded, "development"), (last.Outcome, last.StartedBy));
        Assert.Equal(Mode.Oauth, (await Client.StatusAsync()).ActiveMode);
    }

    [Fact]
    public async Task A_staged_credential_is_kept_and_waits()
    {
        var setup = await SetAndStartAsync(Activation.Staged);
        (await GetAsync(await SignInAsync(setup.AuthorizationUrl))).Says(200, "OAuth is set up but not in force");
        var oauth = Assert.Single((await Client.StatusAsync()).Modes);
        Assert.Equal((Outcome.Succeeded, true, null), (oauth.LastSetup.Outcome, oauth.Candidate.Grant is not null, oauth.Current));
    }

    [Fact]
    public async Task A_sandbox_and_its_My_Domain_are_named()
    {
        await Client.SetOAuthCredentialAsync(new()
        {
            TenantId = "acme", OrgId = Configured.OrgId, UserId = Configured.UserId, UseSandbox = true, MyDomain = "acme--uat.sandbox.my.salesforce.com",
        });
        var start = await GetAsync(Here((await StartAsync()).StartUrl));
        start.Says(200, "Sandbox").Says(200, "acme--uat.sandbox.my.salesforce.com");
        Assert.StartsWith("https://acme--uat.sandbox.my.salesforce.com/", start.Link, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_at_Salesforce_says_what_to_do_and_changes_nothing()
    {
        await Client.ActivateAsync();
        var setup = await SetAndStartAsync();
        Simulator.SetConsent(Consent.Deny);
        var page = (await GetAsync(await SignInAsync(setup.AuthorizationUrl))).Says(200, "The setup failed").Says(200,
            "Set up the OAuth token again: the sign-in was refused");
        Assert.DoesNotContain("end-user", page.Html, StringComparison.Ordinal);
        Assert.Equal(Outcome.Failed, (await LastSetupAsync()).Outcome);
        Assert.Equal((Mode.Password, 0), ((await Client.StatusAsync()).ActiveMode, TokenRequests()));
    }

    [Fact]
    public async Task Another_user_than_the_configured_one_is_named_and_refused()
    {
        var setup = await SetAndStartAsync();
        var ann = Simulator.Users().Single(user => user.Username == DefaultUsers.Production.Username);
        Simulator.SetConsent(Consent.Approve(ann.Username));
        (await GetAsync(await SignInAsync(setup.AuthorizationUrl))).Says(200, "The setup failed")
            .Says(200, $"authorized as {ann.UserId}, but {Configured.UserId} is configured");
        await Simulator.WaitForGrantsAsync(grants => grants.All(grant => grant.End is not null));
    }

    [Fact]
    public async Task An_exchange_without_an_answer_is_an_unknown_outcome()
    {
        var setup = await SetAndStartAsync();
        Simulator.Fail(Endpoint.Token, GrpcCreds.SalesforceSimulator.Failure.ResetAfterProcessing());
        (await GetAsync(await SignInAsync(setup.AuthorizationUrl))).Says(200, "It is not known whether the setup succeeded").Says(200, "Start the setup again");
    }

    [Fact]
    public async Task A_setup_that_ran_out_says_so_on_both_pages()
    {
        var setup = await SetAndStartAsync();
        var callback = await SignInAsync(setup.AuthorizationUrl);
        await Service.AdvanceAsync("00:10:01");
        (await GetAsync(Here(setup.StartUrl))).Says(409, "This setup has expired");
        (await GetAsync(callback)).Says(409, "This setup has expired").Says(409, "Start the setup again with StartOAuthSetup");
        Assert.Equal(0, TokenRequests());
    }

    [Fact]
    public async Task A_setup_with_a_newer_one_says_so_on_both_pages()
    {
        var old = await SetAndStartAsync();
        var callback = await SignInAsync(old.AuthorizationUrl);
        var newer = await StartAsync();
        (await GetAsync(Here(old.StartUrl))).Says(409, "This setup is over");
        (await GetAsync(callback)).Says(409, "Use the newest link");
        (await GetAsync(await SignInAsync(newer.AuthorizationUrl))).Says(200, "OAuth is set up and in force");
        Assert.Equal(1, TokenRequests());
    }

    [Fact]
    public async Task A_page_that_is_loaded_again_says_how_its_setup_ended()
    {
        var setup = await SetAndStartAsync();
        var callback = await SignInAsync(setup.AuthorizationUrl);
        await GetAsync(callback);
        (await GetAsync(callback)).Says(409, "This setup is already complete").Says(409, "It succeeded on");
        (await GetAsync(Here(setup.StartUrl))).Says(409, "This setup is already complete");

        Simulator.SetConsent(Consent.Deny);
        var denied = await SignInAsync((await StartAsync()).AuthorizationUrl);
        await GetAsync(denied);
        (await GetAsync(denied)).Says(409, "the sign-in was refused");
        (await GetAsync(callback)).Says(409, "Another setup has ended since then");
        Assert.Equal(1, TokenRequests());
    }

    [Fact]
    public async Task Fifty_callbacks_of_one_state_at_once_make_one_token_request()
    {
        var setup = await SetAndStartAsync();
        var callback = await SignInAsync(setup.AuthorizationUrl);
        var pages = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => GetAsync(callback)));
        Assert.Single(pages, page => page.Status == 200).Says(200, "OAuth is set up and in force");
        Assert.Equal(49, pages.Count(page => page.Status == 409));
        Assert.Equal(1, TokenRequests());
    }

    [Fact]
    public async Task A_look_at_a_page_that_is_no_GET_uses_up_no_state()
    {
        var setup = await SetAndStartAsync();
        var callback = await SignInAsync(setup.AuthorizationUrl);
        foreach (var method in new[] { HttpMethod.Head, HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete, HttpMethod.Options, HttpMethod.Patch })
            Assert.InRange((await SendAsync(method, callback)).Status, 404, 405);
        (await GetAsync(callback)).Says(200, "OAuth is set up and in force");
    }

    [Fact]
    public async Task The_audit_says_that_a_browser_completed_the_setup()
    {
        await GetAsync(await SignInAsync((await SetAndStartAsync()).AuthorizationUrl));
        var tenant = TenantId.Parse("acme");
        var stored = await Service.Services.GetRequiredService<IStore>().AuditAsync(tenant, null, 100, default);
        var entries = stored.Select(entry => AuditEntry.Open(Service.Services.GetRequiredService<Sealer>(), tenant, entry.Rev, entry.Sealed.Span)!).ToList();
        Assert.Equal(["Activated", "Pending"], entries.Where(entry => entry.Origin.Method == "CALLBACK").Select(entry => entry.Outcome));
        Assert.Equal("browser", entries[0].Origin.Caller);
        Assert.StartsWith("ipv4:127.0.0.1:", entries[0].Origin.From, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_browser_that_goes_away_in_the_middle_leaves_the_setup_to_end_well()
    {
        var callback = await SignInAsync((await SetAndStartAsync()).AuthorizationUrl);
        using var hold = Simulator.Hold(Endpoint.Token);
        using (var gone = new CancellationTokenSource())
        {
            var request = GetAsync(callback, gone.Token);
            await hold.WaitAsync().WaitAsync(Waiting.Long);
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        }
        hold.Release();
        await Waiting.UntilAsync(async () => (await LastSetupAsync()).Outcome == Outcome.Succeeded, "the setup has ended");
        (await GetAsync(callback)).Says(409, "It succeeded on");
    }

    [Fact]
    public async Task A_setup_that_is_being_completed_says_so()
    {
        var setup = await SetAndStartAsync();
        var callback = await SignInAsync(setup.AuthorizationUrl);
        using var hold = Simulator.Hold(Endpoint.Token);
        var first = GetAsync(callback);
        await hold.WaitAsync().WaitAsync(Waiting.Long);
        (await GetAsync(callback)).Says(409, "This setup is being completed");
        hold.Release();
        (await first).Says(200, "OAuth is set up and in force");
    }
}
