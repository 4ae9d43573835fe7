using System.Diagnostics.Metrics;
using GrpcCreds.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Observability;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>Salesforce is away for two hours, with sessions of one: what nodes are told meanwhile, and how the service comes back.</summary>
public sealed class SalesforceOutageTests(ITestOutputHelper output) : OAuthServiceTest
{
    private const int Tenants = 24;
    private const int PerHost = 4;

    private static readonly Endpoint[] Everything = [Endpoint.Token, Endpoint.Introspect, Endpoint.UserInfo, Endpoint.Data, Endpoint.Revoke];

    private static readonly TimeSpan Step = TimeSpan.FromMinutes(1);

    /// <summary>Less than a call may take: the one jump that can fall into a call does not break it off.</summary>
    private static readonly TimeSpan SmallStep = TimeSpan.FromSeconds(15);

    private DateTimeOffset began;
    private MetricCollector<long>? answered;

    private protected override IEnumerable<string> Settings => [.. base.Settings, $"Salesforce:RenewalsPerHost={PerHost}"];

    private protected override SimulatorOptions SimulatorOptions => base.SimulatorOptions with { SessionSecondsValid = 3600 };

    private static IEnumerable<string> Names => Enumerable.Range(0, Tenants).Select(i => $"tenant-{i}");

    private protected override void Configure(IServiceCollection services)
    {
        // The limits of calls are the real ones.
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    public async Task Two_hours_without_Salesforce_cost_no_grant_and_end_without_a_storm(int status)
    {
        using var calls = answered = new(Service.Services.GetRequiredService<IMeterFactory>(), ServiceMetrics.MeterName, "grpccreds.upkeep.calls");
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true, MaxGrantsPerUser = Tenants });
        await Parallel.ForEachAsync(Names, TestContext.Current.CancellationToken, async (tenant, _) => await Client.ConnectAsync(tenant));
        began = Clock.GetUtcNow();
        await using var watch = new CredentialWatch(new() { Address = Service.Grpc, NodeId = "node", MaxBackoff = TimeSpan.FromSeconds(1) });
        var nodes = Names.Select(watch.For).ToList();
        foreach (var node in nodes)
            await node.GetAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
        foreach (var endpoint in Everything)
            Simulator.Fail(endpoint, Failure.Status(status), times: int.MaxValue);

        await PassAsync(until: TimeSpan.FromMinutes(57));
        var warned = await StatusesAsync();
        Assert.All(warned, one => Assert.Equal(Availability.Serving, one.Availability));
        Assert.Contains(warned, one => one.Warnings.Contains(Warning.RenewalFailing));
        Assert.All(nodes, node => Assert.IsType<SalesforceSession>(node.Current));

        await PassAsync(until: TimeSpan.FromMinutes(61));
        // A stream that is opened anew waits a while for the session that might come.
        await Waiting.UntilAsync(
            () => Jumped(SmallStep) && nodes.All(node => node.Current is NoSession { Cause: Availability.Suspended }),
            "nodes are told that their sessions have ended");
        await PassAsync(until: TimeSpan.FromMinutes(105));
        var before = Simulator.Requests().Count;
        await PassAsync(until: TimeSpan.FromMinutes(165));
        var lastHour = Simulator.Requests().Count - before;
        Assert.All(nodes, node => Assert.Equal(Availability.Suspended, Assert.IsType<NoSession>(node.Current).Cause));
        Assert.All(await StatusesAsync(), one => Assert.Equal(Availability.Suspended, one.Availability));
        // After 10 to 15 minutes, and more while the host is left alone.
        Assert.InRange(lastHour, Tenants, Tenants * 8);

        Simulator.ClearFailures();
        var ended = Clock.GetUtcNow();
        // Else so much time may pass on a slow machine that the first is due again before the last has come.
        bool IsDelivered() =>
            nodes.Count(node => node.Current is SalesforceSession) >= Simulator.Refreshes().Count(one => one.Outcome == PresentationOutcome.Accepted);
        await Waiting.UntilAsync(() => IsDelivered() && Jumped(SmallStep) && nodes.All(node => node.Current is SalesforceSession),
            "all tenants have a new session");
        var renewals = Simulator.Refreshes().Where(one => one.Outcome == PresentationOutcome.Accepted).ToList();
        output.WriteLine($"{lastHour} requests for {Tenants} tenants in the last hour of the outage; "
            + $"renewed {(renewals.Min(one => one.StartTime) - ended).TotalMinutes:0.0} to "
            + $"{(renewals.Max(one => one.StartTime) - ended).TotalMinutes:0.0} min after it, at most {Simulator.MostAtOnce()} at once");

        Assert.All(await StatusesAsync(), one => Assert.Equal(Availability.Serving, one.Availability));
        Assert.Equal(Tenants, renewals.Count);
        Assert.InRange(Simulator.MostAtOnce(), 1, PerHost);
        Assert.All(Simulator.Grants(), grant =>
        {
            Assert.Null(grant.End);
            Assert.Equal(2, grant.RefreshTokens.Count);
            Assert.All(grant.RefreshTokens, token => Assert.InRange(token.MaxParallel, 0, 1));
        });
    }

    private async Task PassAsync(TimeSpan until)
    {
        await Waiting.UntilAsync(() => Jumped(Step) && Clock.GetUtcNow() - began >= until, $"{until} have passed");
        // Streams have been opened again where they were too old.
        Assert.Equal(Tenants, (await StatusesAsync()).Count);
    }

    // Not while an answer is on its way: it would come too late.
    private bool Jumped(TimeSpan by)
    {
        var presented = Simulator.Grants().Sum(grant => grant.RefreshTokens.Sum(token => token.Presentations.Count));
        if (answered!.GetMeasurementSnapshot().Count < presented)
            return false;
        Clock.Advance(by);
        return true;
    }

    private async Task<IReadOnlyList<CredentialStatus>> StatusesAsync()
    {
        var statuses = new List<CredentialStatus>();
        foreach (var tenant in Names)
            statuses.Add(await Client.StatusAsync(tenant));
        return statuses;
    }
}
