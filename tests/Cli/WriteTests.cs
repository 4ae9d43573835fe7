using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Cli;

/// <summary>Writes by the command line: results, exit codes, questions and repeats.</summary>
public sealed class WriteTests : ToolTest
{
    [Fact]
    public async Task A_password_from_standard_input_is_tested_and_put_in_force()
    {
        var set = (await TypeAsync($"{Calls.Password}\n", "set-password", "acme", "--username", Calls.User, "--password-stdin", "--reason", "first")).Is(0);
        Assert.Contains("✓ LOGIN", set.Output, StringComparison.Ordinal);
        Assert.Contains("ACTIVATED: PASSWORD is in force for acme", set.Output, StringComparison.Ordinal);
        Assert.Contains("nobody to wait for", set.Error, StringComparison.Ordinal);
        Assert.Equal(Availability.Serving, (await Client.StatusAsync()).Availability);
    }

    [Fact]
    public async Task A_refused_password_changes_nothing_and_the_exit_code_is_5()
    {
        await Client.ActivateAsync();
        var before = await Client.StatusAsync();
        var set = (await TypeAsync("mistyped\n", "set-password", "acme", "--password-stdin", "-o", "json")).Is(5);
        var answer = SetPasswordCredentialResponse.Parser.ParseJson(set.Output);
        Assert.Equal(WriteResult.TestFailed, answer.Result);
        Assert.Equal(before.Revision, (await Client.StatusAsync()).Revision);
        Assert.Contains("TEST_FAILED", (await TypeAsync("mistyped too\n", "set-password", "acme", "--password-stdin")).Is(5).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_wrong_field_is_named_and_the_exit_code_is_2()
    {
        var refused = (await RunAsync("set-oauth", "acme", "--org-id", "wrong", "--user-id", "wrong", "--reason", new string('x', 201))).Is(2);
        foreach (var field in new[] { "org_id:", "user_id:", "reason:" })
            Assert.Contains(field, refused.Error, StringComparison.Ordinal);
        Assert.Empty(refused.Output);
    }

    [Fact]
    public async Task Destructive_commands_say_what_is_lost_and_need_a_yes()
    {
        await Client.ActivateAsync();
        using var node = Client.WatchActiveCredential(new() { NodeId = "node-1", Tenants = { new WatchedTenant { TenantId = "acme" } } });
        await node.NextStateAsync();
        foreach (var command in new[] { "off", "delete-password" })
        {
            var asked = (await RunAsync(command, "acme")).Is(1);
            Assert.Contains("1 node will lose the session", asked.Error, StringComparison.Ordinal);
            Assert.Contains("Would do: ", (await RunAsync(command, "acme", "--dry-run")).Is(0).Output, StringComparison.Ordinal);
        }
        Assert.Equal(Availability.Serving, (await Client.StatusAsync()).Availability);

        (await RunAsync("off", "acme", "--yes", "--no-wait")).Is(0);
        Assert.Equal(Availability.SwitchedOff, (await Client.StatusAsync()).Availability);
        (await RunAsync("use", "acme", "password", "--no-wait")).Is(0);
        Assert.Equal(Availability.Serving, (await Client.StatusAsync()).Availability);
        (await RunAsync("delete-password", "acme", "--yes")).Is(0);
        Assert.Equal(Availability.Deleted, (await Client.StatusAsync()).Availability);
    }

    [Fact]
    public async Task A_stale_etag_is_refused_and_a_repeated_request_id_is_applied_once()
    {
        var old = (await Client.ActivateAsync()).Etag;
        var id = Guid.NewGuid().ToString();
        string[] discard = ["discard", "acme", "password", "--yes", "--request-id", id];
        (await TypeAsync("mistyped\n", "set-password", "acme", "--password-stdin")).Is(5);
        Assert.Contains("ETAG_MISMATCH", (await RunAsync("discard", "acme", "password", "--yes", "--etag", old)).Is(2).Error, StringComparison.Ordinal);
        var etag = (await Client.StatusAsync()).Etag;
        Assert.Contains("REMOVED", (await RunAsync([.. discard, "--etag", etag])).Is(0).Output, StringComparison.Ordinal);
        Assert.Contains("REMOVED", (await RunAsync([.. discard, "--etag", etag])).Is(0).Output, StringComparison.Ordinal);
        Assert.Contains("REQUEST_ID_REUSED", (await RunAsync("off", "acme", "--yes", "--request-id", id)).Is(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OAuth_is_set_up_with_the_link_that_is_printed()
    {
        var ann = OAuthAdministration.Ann;
        var set = (await RunAsync("set-oauth", "acme", "--org-id", ann.OrgId, "--user-id", ann.UserId)).Is(0);
        Assert.Contains("WAITING_FOR_SETUP", set.Output, StringComparison.Ordinal);
        await using var setup = await Tool.StartAsync(Tool.Environment(Service.Grpc), "oauth", "setup", "acme", "-o", "json");
        await setup.SeeAsync("expireTime");
        var started = StartOAuthSetupResponse.Parser.WithDiscardUnknownFields(true).ParseJson(setup.Output);
        await Client.CompleteOAuthSetupAsync(await SignIn.FollowAsync(started.AuthorizationUrl));
        var ended = (await setup.EndAsync()).Is(0);
        Assert.Contains("The user has approved", ended.Error, StringComparison.Ordinal);
        Assert.Equal(Mode.Oauth, (await Client.StatusAsync()).ActiveMode);
        Assert.Contains("WAITING_FOR_SETUP", (await RunAsync("oauth", "reset", "acme")).Is(0).Output, StringComparison.Ordinal);
        var qr = (await RunAsync("oauth", "setup", "acme", "--qr", "--no-wait")).Is(0);
        Assert.Contains("▄", qr.Output, StringComparison.Ordinal);
        (await RunAsync("oauth", "delete", "acme", "--yes")).Is(0);
        Assert.Equal(Availability.Deleted, (await Client.StatusAsync()).Availability);
    }

    [Fact]
    public async Task A_setup_that_the_user_denies_ends_with_5()
    {
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        await using var setup = await Tool.StartAsync(Tool.Environment(Service.Grpc), "oauth", "setup", "acme", "-o", "json");
        await setup.SeeAsync("expireTime");
        var started = StartOAuthSetupResponse.Parser.ParseJson(setup.Output);
        var state = (await SignIn.FollowAsync(started.AuthorizationUrl)).State;
        await Client.CompleteOAuthSetupAsync(new() { State = state, Error = "access_denied" });
        Assert.Contains("did not succeed", (await setup.EndAsync()).Is(5).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_credentials_and_jwt_bearer_are_set_put_in_force_and_deleted()
    {
        var app = DefaultApps.Demo;
        string[] set = ["set-client-credentials", "acme", "--consumer-key", app.ConsumerKey, "--my-domain", ClientCredentialsAdministration.MyDomain];
        (await TypeAsync($"{app.ConsumerSecret}\n", [.. set, "--secret-stdin"])).Is(0);
        Assert.Equal(Mode.ClientCredentials, (await Client.StatusAsync()).ActiveMode);

        (await RunAsync("set-jwt-bearer", "acme", "--consumer-key", app.ConsumerKey, "--username", DefaultUsers.Production.Username)).Is(0);
        var certificate = (await RunAsync("jwt-bearer", "certificate", "acme")).Is(0).Output;
        Simulator.UploadCertificate(app.ConsumerKey, certificate);
        (await RunAsync("use", "acme", "jwt-bearer")).Is(0);
        Assert.Equal(Mode.JwtBearer, (await Client.StatusAsync()).ActiveMode);

        (await RunAsync("client-credentials", "delete", "acme", "--yes")).Is(0);
        (await RunAsync("jwt-bearer", "delete", "acme", "--yes")).Is(0);
        Assert.DoesNotContain((await Client.StatusAsync()).Modes, mode => (mode.Current ?? mode.Candidate) is not null);
    }

    [Fact]
    public async Task A_rotation_is_followed_until_the_new_set_is_proven()
    {
        await Client.ActivateClientCredentialsAsync();
        var rotated = (await RunAsync("client-credentials", "rotate", "acme")).Is(0);
        Assert.Contains("ROTATION_STARTED", rotated.Output, StringComparison.Ordinal);
        Assert.Contains("SUCCEEDED: next is DROP", rotated.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_of_use_says_what_would_be_tested()
    {
        await Client.ActivateAsync();
        Assert.Contains("Would test the current credential", (await RunAsync("use", "acme", "password", "--dry-run")).Is(0).Output, StringComparison.Ordinal);
        Assert.Contains("nothing can be put in force", (await RunAsync("use", "acme", "oauth", "--dry-run")).Is(2).Output, StringComparison.Ordinal);
        Assert.Equal(1, Simulator.Logins(Calls.User).Attempts);
    }

    [Fact]
    public async Task Without_a_service_the_exit_code_is_4_and_nothing_was_sent()
    {
        var nowhere = new Uri("http://127.0.0.1:1");
        Assert.Contains("grpccreds doctor", (await Tool.RunAsync(nowhere, "status", "acme")).Is(4).Error, StringComparison.Ordinal);
        (await Tool.RunAsync(nowhere, "doctor")).Is(5);
    }
}
