using GrpcCreds.SalesforceSimulator;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>
/// Many tenants whose sessions are all due at once, and services that are killed at a random moment, round after round. Salesforce delays
/// each renewal in one of several ways, so that a kill hits all steps.
/// </summary>
internal sealed class InterruptedRun(GrantDeployment deployment, Random random, int tenants)
{
    private readonly List<string> names = [.. Enumerable.Range(1, tenants).Select(number => $"tenant-{number}")];
    private readonly Dictionary<string, int> lost = [];
    private readonly List<Hold> holds = [];

    /// <summary>Renewals whose owner was killed while their token was presented, or before its answer was stored.</summary>
    public int Interrupted { get; private set; }

    public int Kills { get; private set; }

    public int Lost => lost.Values.Sum();

    public Task StartAsync() => deployment.AddTenantsAsync(names);

    /// <summary>One round: all sessions are due, some services die, and the remaining and restarted services settle all of them.</summary>
    public async Task RoundAsync() => await RecoverAsync(await InterruptAsync());

    /// <summary>All are due, some services die and are started again. Tells when they were due.</summary>
    public async Task<DateTimeOffset> InterruptAsync()
    {
        await AskAsync();
        names.ForEach(Delay);
        var due = deployment.Now + GrantDeployment.UntilDue;
        await deployment.AdvanceAsync(GrantDeployment.UntilDue);
        await Task.Delay(random.Next(30, 700));
        var victims = Victims();
        await Task.WhenAll(victims.Select(victim => victim.KillAsync()));
        Kills += victims.Count;
        Release();
        if (deployment.Up.Count == 0)
            await RestartAsync(victims);
        await deployment.QuietAsync();
        await CountAsync(due);
        if (victims.Exists(victim => !victim.IsUp))
            await RestartAsync(victims);
        return due;
    }

    /// <summary>Waits until all are settled; a lost tenant is authorized again.</summary>
    public async Task RecoverAsync(DateTimeOffset due)
    {
        // Their sessions live; a node that asks notices nothing.
        await AskAsync();
        await deployment.EndClaimsAsync(names);
        foreach (var tenant in await Outcomes.SettledAsync(deployment, names, due))
        {
            lost[tenant] = lost.GetValueOrDefault(tenant) + 1;
            Assert.Equal(WriteResult.Activated, (await deployment.Client.CompleteOAuthSetupAsync(await deployment.ApproveAsync(tenant))).Result);
        }
    }

    /// <summary>A last renewal without a fault, which shows what is stored; then the ledger is held against what was told.</summary>
    public async Task<IReadOnlyList<string>> EndAsync()
    {
        var due = deployment.Now + GrantDeployment.UntilDue;
        await AskAsync();
        await deployment.AdvanceAsync(GrantDeployment.UntilDue);
        Assert.Empty(await Outcomes.SettledAsync(deployment, names, due));
        await deployment.QuietAsync();
        return Violations();
    }

    public IReadOnlyList<string> Violations() => GrantWitness.Violations(
        deployment.Simulator.Grants(), names.ToDictionary(GrantDeployment.User, tenant => new GrantStory(IsInPlace: true, lost.GetValueOrDefault(tenant))));

    private async Task AskAsync()
    {
        foreach (var tenant in names)
            Assert.NotNull((await deployment.Client.GetActiveCredentialAsync(new() { TenantId = tenant })).Credential);
    }

    private void Delay(string tenant)
    {
        var user = GrantDeployment.User(tenant);
        switch (random.Next(5))
        {
            case 0:
                deployment.Simulator.Fail(Endpoint.Token, Failure.SlowHeaders(TimeSpan.FromMilliseconds(random.Next(300))), username: user);
                break;
            case 1:
                holds.Add(deployment.Simulator.Hold(Endpoint.Token, HoldPoint.BeforeProcessing, user));
                break;
            case 2:
                holds.Add(deployment.Simulator.Hold(Endpoint.Token, HoldPoint.AfterProcessing, user));
                break;
            case 3:
                // Read, and then lost on the way: a lost answer that did not rotate.
                holds.Add(deployment.Simulator.Hold(Endpoint.Token, HoldPoint.BeforeProcessing, user));
                deployment.Simulator.Fail(Endpoint.Token, Failure.ResetBeforeProcessing(), username: user);
                break;
        }
    }

    private void Release()
    {
        holds.ForEach(hold => hold.Release());
        holds.Clear();
    }

    private List<Member> Victims()
    {
        Member[] all = [.. deployment.Members];
        random.Shuffle(all);
        return [.. all.Take(random.Next(1, all.Length + 1))];
    }

    private Task RestartAsync(List<Member> victims) => Task.WhenAll(victims.Where(victim => !victim.IsUp).Select(deployment.RestartAsync));

    private async Task CountAsync(DateTimeOffset due)
    {
        var presented = deployment.Simulator.Grants()
            .Where(grant => grant.RefreshTokens.Any(token => token.Presentations.Any(one => one.Endpoint == Endpoint.Token && one.StartTime >= due)))
            .Select(grant => grant.Username).ToHashSet();
        foreach (var tenant in names.Where(tenant => presented.Contains(GrantDeployment.User(tenant))))
        {
            if (await Outcomes.StatusAsync(deployment, tenant) is { } status && !Outcomes.IsRenewed(status, due))
                Interrupted++;
        }
    }
}
