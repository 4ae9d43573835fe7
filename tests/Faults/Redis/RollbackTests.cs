using System.Net;
using GrpcCreds.Client;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Redis;

[Collection(OneAtATime.Name)]
public sealed class RollbackTests
{
    [Fact]
    public async Task What_a_rolled_back_Redis_lost_comes_again_under_a_higher_revision()
    {
        await using var deployment = await RedisDeployment.StartAsync();
        var service = await deployment.AddServiceAsync();
        await deployment.SetAsync(service, "acme");
        var old = deployment.Redis.CopyData();
        var (lost, user) = await deployment.SetAsync(service, "acme");
        await using var node = await Node.OpenAsync(service.Grpc, "acme");
        Assert.Equal([lost], node.Revisions);

        await RollBackAsync(deployment, old);

        await node.UntilRevisionAsync(revision => revision > lost, "the lost state comes again");
        Assert.Equal(user, node.UserId);
        await AssertRolledBackAsync(service);
        var chain = (await deployment.ClientOf(service).ListAuditEventsAsync(new() { TenantId = "acme", VerifyChain = true })).Chain;
        Assert.Equal(ChainVerdict.Intact, chain.Verdict);
        Assert.True(Assert.Single(chain.Lost) is { AfterNumber: var after, UntilNumber: var until } && after < until);
        Assert.Equal(node.Revisions[^1], (await deployment.ClientOf(service).GetCredentialStatusAsync(new() { TenantId = "acme" })).Status.Revision);
        node.AssertOpenAndOnlyForward();
    }

    [Fact]
    public async Task A_server_that_was_started_on_the_older_data_goes_above_what_its_nodes_were_shown()
    {
        await using var deployment = await RedisDeployment.StartAsync();
        var service = await deployment.AddServiceAsync();
        var (_, user) = await deployment.SetAsync(service, "acme");
        var old = deployment.Redis.CopyData();
        var (lost, _) = await deployment.SetAsync(service, "acme");
        var shown = (await deployment.ClientOf(service).GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential;
        Assert.Equal(lost, shown.Revision);

        await service.KillAsync();
        await RollBackAsync(deployment, old);
        await service.StartAsync();
        // A claim without its proof is not believed.
        await using (var forger = await Node.OpenAsync(service.Grpc, "acme", knownRevision: lost + 1, resumeToken: shown.ResumeToken))
            Assert.True(Assert.Single(forger.Revisions) < lost);
        await using var node = await Node.OpenAsync(service.Grpc, "acme", lost, shown.ResumeToken);

        await node.UntilRevisionAsync(revision => revision > lost, "the state that is left comes above the one shown");
        Assert.Equal(user, node.UserId);
        await AssertRolledBackAsync(service);
        node.AssertOpenAndOnlyForward();
    }

    [Fact]
    public async Task The_client_library_comes_back_with_what_it_was_shown()
    {
        await using var deployment = await RedisDeployment.StartAsync();
        var service = await deployment.AddServiceAsync();
        await deployment.SetAsync(service, "acme");
        var old = deployment.Redis.CopyData();
        var (lost, _) = await deployment.SetAsync(service, "acme");
        await using var watch = new CredentialWatch(new() { Address = service.Grpc, NodeId = "node-1" });
        var source = watch.For("acme");
        Assert.Equal(lost, (await source.GetAsync(TestContext.Current.CancellationToken)).Revision);

        await service.KillAsync();
        await RollBackAsync(deployment, old);
        await service.StartAsync();

        await Waiting.UntilAsync(() => source.Current!.Revision > lost && source.State == SourceState.Live, "the state that is left comes above the one shown");
        await AssertRolledBackAsync(service);
    }

    [Fact]
    public async Task Of_two_servers_the_one_that_holds_the_newest_state_prevails()
    {
        await using var deployment = await RedisDeployment.StartAsync();
        var holder = await deployment.AddServiceAsync();
        var other = await deployment.AddServiceAsync();
        await deployment.SetAsync(holder, "acme");
        var old = deployment.Redis.CopyData();
        var (lost, user) = await deployment.SetAsync(holder, "acme");
        // The other server has seen the rev, for it follows the index, but never the record.
        await using var node = await Node.OpenAsync(holder.Grpc, "acme");

        await RollBackAsync(deployment, old);

        await node.UntilRevisionAsync(revision => revision > lost, "the lost state comes again");
        await using var elsewhere = await Node.OpenAsync(other.Grpc, "acme", knownRevision: lost);
        await Waiting.UntilAsync(() => elsewhere.UserId == user && elsewhere.Revisions[^1] == node.Revisions[^1], "both servers tell the newest state");
        Assert.Equal(user, node.UserId);
        node.AssertOpenAndOnlyForward();
        elsewhere.AssertOpenAndOnlyForward();
    }

    private static async Task RollBackAsync(RedisDeployment deployment, string old)
    {
        await deployment.Redis.KillAsync();
        deployment.Redis.RestoreData(old);
        await deployment.Redis.RestartAsync();
    }

    private static async Task AssertRolledBackAsync(ServiceProcess service)
    {
        var (status, text) = await RedisDeployment.ReadinessAsync(service);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("ROLLED_BACK", text, StringComparison.Ordinal);
    }
}
