using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>
/// A renewal with client credentials whose owner is killed at each of its steps: the next request for a token follows by itself, once for all servers.
/// What is lost is a token that nobody has, never the credential.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class ClientCredentialsStepTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    // Salesforce has given a token that no server has kept.
    private static readonly RenewalStep[] Losing = [RenewalStep.RequestSent, RenewalStep.RequestProcessed, RenewalStep.AnswerNotCommitted];

    // Without a network to the store, a commit cannot be held.
    private static readonly RenewalStep[] AtCommit =
        [RenewalStep.ClaimNotCommitted, RenewalStep.ClaimCommitted, RenewalStep.AnswerNotCommitted, RenewalStep.AnswerCommitted];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task On_Redis_another_server_renews_and_no_node_is_without_a_session(int services)
    {
        var random = RunPlan.Seeded(output);
        await using var deployment = await GrantDeployment.StartAsync(services);
        foreach (var step in RunPlan.Some<RenewalStep>(random, inShort: 3))
        {
            var (tenant, before) = await AddAsync(deployment, $"killed-{step}");
            var at = await RenewalAt.ReachAsync(deployment, tenant, step, () => RenewedAsync(deployment, tenant, before));
            await using var node = await Node.OpenAsync(deployment.Members.First(member => member != at.Owner).Grpc, tenant);
            await at.Owner.KillAsync();
            at.GoneOn();
            at.Delivered(CommitFate.Lost);
            await RenewedAsync(deployment, tenant, before);
            node.AssertOpenAndOnlyForward();
            Assert.DoesNotContain(node.Told, message => message.Unavailable is not null);
            Assert.Equal(Losing.Contains(step) ? 3 : 2, Tokens(deployment, tenant));
            await deployment.RestartAsync(at.Owner);
            await EndAsync(deployment, tenant);
            output.WriteLine($"{step}: renewed");
        }
    }

    [Fact]
    public async Task On_the_embedded_store_the_restarted_server_renews()
    {
        var random = RunPlan.Seeded(output);
        await using var deployment = await GrantDeployment.StartAsync(services: 0);
        foreach (var step in RunPlan.Some<RenewalStep>(random, inShort: 8).Except(AtCommit))
        {
            var (tenant, before) = await AddAsync(deployment, $"killed-{step}");
            var at = await RenewalAt.ReachAsync(deployment, tenant, step, () => RenewedAsync(deployment, tenant, before));
            await at.Owner.KillAsync();
            at.GoneOn();
            await deployment.RestartAsync(at.Owner);
            await RenewedAsync(deployment, tenant, before);
            Assert.Equal(Losing.Contains(step) ? 3 : 2, Tokens(deployment, tenant));
            await EndAsync(deployment, tenant);
        }
    }

    [Fact]
    public async Task On_the_embedded_store_it_may_be_killed_at_any_instant()
    {
        var random = RunPlan.Seeded(output);
        await using var deployment = await GrantDeployment.StartAsync(services: 0);
        for (var instant = 0; instant < (RunPlan.IsFull ? 40 : 4); instant++)
        {
            var (tenant, before) = await AddAsync(deployment, $"instant-{instant}");
            var member = deployment.Members[0];
            await deployment.AdvanceAsync(GrantDeployment.UntilDue);
            await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * 60));
            await member.KillAsync();
            await deployment.RestartAsync(member);
            await RenewedAsync(deployment, tenant, before);
            Assert.InRange(Tokens(deployment, tenant), 2, 3);
            await EndAsync(deployment, tenant);
        }
    }

    private static async Task<(string Tenant, long Revision)> AddAsync(GrantDeployment deployment, string name)
    {
        var tenant = name.ToLowerInvariant();
        await deployment.AddAppTenantAsync(tenant);
        return (tenant, (await deployment.Client.StatusAsync(tenant)).Revision);
    }

    // Whatever was kept, one more request is all that the next renewal takes; and what is deleted is revoked.
    private static async Task EndAsync(GrantDeployment deployment, string tenant)
    {
        var (tokens, before) = (Tokens(deployment, tenant), (await deployment.Client.StatusAsync(tenant)).Revision);
        await deployment.AdvanceAsync(GrantDeployment.UntilDue);
        await RenewedAsync(deployment, tenant, before);
        await deployment.QuietAsync();
        Assert.Equal(tokens + 1, Tokens(deployment, tenant));
        var newest = deployment.Simulator.Sessions().Last(session => session.Username == GrantDeployment.User(tenant));
        var deleted = await deployment.Client.DeleteClientCredentialsAsync(new() { TenantId = tenant, AllowActive = true });
        Assert.Equal((WriteResult.Removed, Outcome.Succeeded), (deleted.Result, deleted.Revocation));
        Assert.DoesNotContain(newest, deployment.Simulator.Sessions());
    }

    // Nodes are told something new only if there is a new session. When there is no more progress, the clocks jump to the end of the unfinished claims.
    private static async Task RenewedAsync(GrantDeployment deployment, string tenant, long before)
    {
        var until = DateTime.UtcNow + Waiting.Long;
        while (true)
        {
            for (var wait = DateTime.UtcNow + Patience; DateTime.UtcNow < wait; await Task.Delay(20))
            {
                if (await Outcomes.StatusAsync(deployment, tenant) is not { } status)
                    continue;
                Assert.Equal(Availability.Serving, status.Availability);
                if (status.Revision > before && status.ClientCredentials().Current.LastRenewalFailure is null)
                    return;
            }
            Assert.True(DateTime.UtcNow < until, $"waited in vain until {tenant} was renewed");
            await deployment.EndClaimsAsync([tenant]);
        }
    }

    private static int Tokens(GrantDeployment deployment, string tenant) =>
        deployment.Simulator.Grants().Count(grant => grant.Username == GrantDeployment.User(tenant));
}
