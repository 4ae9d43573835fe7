using System.Text.Json;
using GrpcCreds.Client;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Cli;

/// <summary>What the command line shows, for people and for programs.</summary>
public sealed class ReadTests : ToolTest
{
    [Fact]
    public async Task The_status_of_a_tenant_names_its_credential_and_what_can_be_done_next()
    {
        await Client.ActivateAsync();
        var status = (await RunAsync("status", "acme")).Is(0);
        Assert.Contains("acme  SERVING  mode PASSWORD", status.Output, StringComparison.Ordinal);
        Assert.Contains(Calls.User, status.Output, StringComparison.Ordinal);
        Assert.Contains("password: set", status.Output, StringComparison.Ordinal);
        Assert.Contains("PASSWORD_LOGIN_RETIRES", status.Output, StringComparison.Ordinal);
        Assert.Contains("grpccreds delete-password acme", status.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Calls.Password, status.All, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', status.All);
    }

    [Fact]
    public async Task Json_and_yaml_have_the_fields_of_the_contract()
    {
        var saved = await Client.ActivateAsync();
        using var json = JsonDocument.Parse((await RunAsync("status", "acme", "-o", "json")).Is(0).Output);
        Assert.Equal(saved, CredentialStatus.Parser.ParseJson(json.RootElement.GetRawText()));
        var yaml = (await RunAsync("status", "acme", "-o", "yaml")).Is(0).Output;
        Assert.Contains("tenantId: acme\n", yaml, StringComparison.Ordinal);
        Assert.Contains($"revision: \"{saved.Revision}\"\n", yaml, StringComparison.Ordinal);
        Assert.Contains($"- mode: MODE_PASSWORD\n  current:\n    username: {Calls.User}\n", yaml, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_table_of_all_tenants_is_filtered()
    {
        await Client.ActivateAsync();
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth("globex"));
        Assert.Equal(["acme", "globex"], await TenantsAsync());
        Assert.Equal(["acme"], await TenantsAsync("--mode", "password"));
        Assert.Equal(["globex"], await TenantsAsync("--availability", "setup-required"));
        Assert.Equal(["acme"], await TenantsAsync("--warning", "any"));
        Assert.Equal(["acme"], await TenantsAsync("--search", "BOB@"));
        Assert.Empty(await TenantsAsync("--mode", "oauth"));
    }

    [Fact]
    public async Task A_watch_of_the_status_writes_a_line_of_json_for_each_change()
    {
        await using var watch = await Tool.StartAsync(Tool.Environment(Service.Grpc), "status", "acme", "--watch");
        await watch.SeeAsync("AVAILABILITY_NOT_CONFIGURED");
        await Client.ActivateAsync();
        await watch.SeeAsync("AVAILABILITY_SERVING");
        Signals.Send(watch.Id, Signals.Interrupt);
        var ended = (await watch.EndAsync()).Is(130);
        Assert.All(ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => CredentialStatus.Parser.ParseJson(line));
    }

    [Fact]
    public async Task Nodes_and_rollout_say_by_their_exit_code_whether_all_have_moved()
    {
        await Client.ActivateAsync();
        (await RunAsync("rollout", "acme")).Is(5);
        await using var node = new CredentialWatch(new() { Address = Service.Grpc, NodeId = "node-1" });
        await node.For("acme").GetAsync(TestContext.Current.CancellationToken);
        Assert.Contains("1 of 1 node has revision", (await RunAsync("rollout", "acme", "--wait", "--timeout", "30")).Is(0).Output, StringComparison.Ordinal);
        Assert.Contains("node-1", (await RunAsync("nodes", "acme")).Is(0).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("node-1", (await RunAsync("nodes", "acme", "--behind")).Is(0).Output, StringComparison.Ordinal);

        using var behind = Client.WatchActiveCredential(new() { NodeId = "node-2", Tenants = { new WatchedTenant { TenantId = "acme" } } });
        await behind.NextStateAsync();
        Assert.Contains("node-2", (await RunAsync("nodes", "acme", "--behind")).Is(5).Output, StringComparison.Ordinal);
        Assert.Contains("--behind", (await RunAsync("rollout", "acme", "--wait", "--timeout", "1")).Is(5).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_shows_what_a_node_sees_without_its_secrets()
    {
        await Client.ActivateAsync();
        var token = (await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential.Session.AccessToken;
        await using var watch = await Tool.StartAsync(Tool.Environment(Service.Grpc), "watch", "acme", "globex");
        await watch.SeeAsync("\"synced\"");
        await watch.SeeAsync("\"heartbeat\"");
        Signals.Send(watch.Id, Signals.Interrupt);
        var ended = (await watch.EndAsync()).Is(130);
        Assert.Contains("\"accessToken\": \"(redacted)\"", ended.Output, StringComparison.Ordinal);
        Assert.Contains("AVAILABILITY_NOT_CONFIGURED", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(token, ended.All, StringComparison.Ordinal);
        Assert.Contains("on a terminal only", (await RunAsync("watch", "acme", "--reveal")).Is(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_audit_is_listed_filtered_and_verified()
    {
        await Client.ActivateAsync();
        (await RunAsync("test", "acme", "--reason", "ticket 4711")).Is(0);
        var all = (await RunAsync("audit", "acme", "--verify")).Is(0).Output;
        Assert.Contains("SetPasswordCredential", all, StringComparison.Ordinal);
        Assert.Contains("ticket 4711", all, StringComparison.Ordinal);
        Assert.Contains("Chain INTACT", all, StringComparison.Ordinal);
        Assert.DoesNotContain("SetPasswordCredential", (await RunAsync("audit", "acme", "--method", "TestAccess")).Is(0).Output, StringComparison.Ordinal);
        var none = ListAuditEventsResponse.Parser.ParseJson((await RunAsync("audit", "acme", "--until", "1h", "-o", "json")).Is(0).Output);
        Assert.Empty(none.Events);
        var newest = ListAuditEventsResponse.Parser.ParseJson((await RunAsync("audit", "acme", "--since", "1h", "--limit", "1", "-o", "json")).Is(0).Output);
        Assert.Equal("TestAccess", Assert.Single(newest.Events).Method);
        (await RunAsync("audit", "--refusals")).Is(0);
    }

    [Fact]
    public async Task Doctor_finds_a_healthy_service_healthy()
    {
        await Client.ActivateAsync();
        var found = (await RunAsync("doctor", "acme")).Is(0).Output;
        foreach (var check in new[] { "version", "address", "dns", "port", "grpc", "caller", "rights", "tenant", "durability", "health", "clock", "latency" })
            Assert.Contains($"✓ {check} ", found, StringComparison.Ordinal);
        Assert.Contains("viewer, admin, node, auditor", found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_ends_when_the_reader_of_its_pipe_has_gone()
    {
        Tools.Need("sh");
        var command = $"'{await Tool.PathAsync()}' watch acme | head -1";
        await using var shell = ToolProcess.Start(Tools.Need("sh"), ["-c", command], Tool.Environment(Service.Grpc));
        var ended = (await shell.EndAsync()).Is(0);
        Assert.Single(ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private async Task<string[]> TenantsAsync(params string[] filters)
    {
        var answer = (await RunAsync(["status", .. filters])).Is(0).Output;
        return [.. answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(' ')[0])];
    }
}
