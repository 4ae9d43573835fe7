using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>Two servers whose clocks differ by an hour, and a claim of the one that is behind.</summary>
[Collection(OneAtATime.Name)]
public sealed class TwoClocksTests
{
    private const string Tenant = "acme";

    // For sessions that live for a day and are renewed in its last third.
    private static readonly TimeSpan UntilDue = TimeSpan.FromHours(20);

    [Fact]
    public async Task The_one_ahead_leaves_the_others_claim_alone_until_it_has_known_it_for_a_minute()
    {
        await using var deployment = await GrantDeployment.StartAsync(services: 2, sessionSeconds: 86_400);
        var (behind, ahead) = (deployment.Members[0], deployment.Members[1]);
        await deployment.AddTenantsAsync(Tenant);
        await GrantDeployment.ClockAsync(ahead, TimeSpan.FromHours(1));

        // The one behind is at it; the answer is on its way.
        var hold = await ReachAsync(deployment, behind, ahead, HoldPoint.AfterProcessing);
        await ahead.Client.StatusAsync(Tenant);
        var commits = ahead.Proxy!.Committed.Count;
        await GrantDeployment.ClockAsync(ahead, TimeSpan.FromSeconds(50));
        // It looks at what is due every second.
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.Equal(commits, ahead.Proxy.Committed.Count);
        hold.Release();
        await Waiting.UntilAsync(async () => await RenewalsAsync(behind) == 1, "the answer is kept");
        var tokens = Assert.Single(deployment.Simulator.Grants()).RefreshTokens;
        Assert.Equal([1, 0], tokens.Select(token => token.Presentations.Count));

        Assert.NotNull((await behind.Client.GetActiveCredentialAsync(new() { TenantId = Tenant })).Credential);

        // The server whose clock is behind dies before Salesforce processes its request. After the minute the other server notices and takes over.
        hold = await ReachAsync(deployment, behind, ahead, HoldPoint.BeforeProcessing);
        deployment.Simulator.Fail(Endpoint.Token, Failure.ResetBeforeProcessing());
        await ahead.Client.StatusAsync(Tenant);
        await behind.KillAsync();
        hold.Release();
        await GrantDeployment.ClockAsync(ahead, TimeSpan.FromSeconds(61));
        await Waiting.UntilAsync(async () => await RenewalsAsync(ahead) == 2, "the other renews");
        await GrantWitness.AssertAsync(deployment, Tenant, new(IsInPlace: true));

        Task<int> RenewalsAsync(Member asked) => RenewalsSaidAsync(deployment, asked);
    }

    // The one ahead is as quick, so its claim is held up until the other has one.
    private static async Task<Hold> ReachAsync(GrantDeployment deployment, Member behind, Member ahead, HoldPoint point)
    {
        var hold = deployment.Simulator.Hold(Endpoint.Token, point);
        var held = deployment.HoldCommit(Tenant, CommitPoint.BeforeRedis, ahead);
        await GrantDeployment.ClockAsync(ahead, UntilDue);
        await held.WaitAsync();
        await GrantDeployment.ClockAsync(behind, UntilDue);
        await hold.WaitAsync().WaitAsync(Waiting.Long);
        held.Release();
        return hold;
    }

    // The number of tokens the service received and kept, from a status without a failure and from the ledger.
    private static async Task<int> RenewalsSaidAsync(GrantDeployment deployment, Member asked)
    {
        var grant = (await asked.Client.StatusAsync(Tenant)).Modes.Single(mode => mode.Mode == Mode.Oauth).Current.Grant;
        var end = grant.SessionExpireTime?.ToDateTimeOffset();
        var now = await GrantDeployment.ClockAsync(asked, TimeSpan.FromTicks(1));
        return grant.LastRenewalFailure is null && end > now + TimeSpan.FromHours(22) ? deployment.Simulator.Grants().Single().RefreshTokens.Count - 1 : 0;
    }
}
