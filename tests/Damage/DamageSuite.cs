using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Damage;

/// <summary>
/// Every field, row and key of a store damaged in many ways, each at a tenant of its own, under the running service and before its next start. It costs that
/// tenant at most. The service runs and starts, gives no wrong answer, and reports once what it found.
/// </summary>
public abstract class DamageSuite : IAsyncLifetime
{
    private const string Whole = "whole";

    private readonly TemporaryDirectory directory = new();
    private Simulator? simulator;

    /// <summary>The ways to damage a tenant <c>{t}</c>.</summary>
    protected abstract IReadOnlyList<string> Ways { get; }

    protected string Data => directory.Path;

    protected virtual string[] Settings => [];

    protected abstract Task DamageAsync(string way);

    /// <summary>Before anything is damaged, while no service runs.</summary>
    protected abstract Task PrepareAsync();

    public virtual async ValueTask InitializeAsync()
    {
        simulator = await Simulator.StartAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await simulator!.DisposeAsync();
        directory.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Whatever_is_damaged_costs_at_most_its_own_tenant()
    {
        string[] tenants = [.. Ways.Select((_, i) => $"t{i}"), Whole];
        await using (var service = await StartAsync())
        {
            foreach (var tenant in tenants)
                await service.Client.ActivateAsync(tenant, simulator!.AddUser(User(tenant), Calls.Password).Username);
            Assert.DoesNotContain("DAMAGED", await ReadinessAsync(service), StringComparison.Ordinal);
        }
        await PrepareAsync();
        await using (var service = await StartAsync())
        {
            using var watch = service.Client.WatchActiveCredential(
                new() { Tenants = { tenants.Select(tenant => new WatchedTenant { TenantId = tenant }) }, NodeId = "node-1" });
            await watch.ResponseStream.NextAsync(message => message.Synced is not null);
            for (var i = 0; i < Ways.Count; i++)
                await DamageAsync(Ways[i].Replace("{t}", tenants[i], StringComparison.Ordinal));
            await CheckAsync(service, tenants);
            // The stream continues and delivers what is set elsewhere.
            await service.Client.ActivateAsync(Whole, User(Whole));
            await watch.ResponseStream.NextAsync(message => message.Credential?.TenantId == Whole);
        }
        await using (var service = await StartAsync())
            await CheckAsync(service, tenants);
    }

    private async Task<Service> StartAsync()
    {
        var service = await Service.StartAsync(simulator, directory, settings: [.. Settings, "Limits:WritesPerTenantAndMinute=1000"]);
        service.ExpectedErrors = error => error.Id.Id is 200 or 230 or 232;
        return service;
    }

    private async Task CheckAsync(Service service, string[] tenants)
    {
        var reports = new List<NodeReport>();
        foreach (var (tenant, i) in tenants.Select((tenant, i) => (tenant, i)))
        {
            var what = i < Ways.Count ? Ways[i] : Whole;
            var status = await TryAsync(what, async () => (await service.Client.GetCredentialStatusAsync(new() { TenantId = tenant })).Status);
            // An unreadable value is never treated as absent, and never as another value.
            Assert.True(status is null or { Availability: Availability.Unreadable }
                or { Availability: Availability.Serving, ActiveMode: Mode.Password }, $"{what}: {status}");
            if (status is { Availability: Availability.Serving })
                Assert.Equal(User(tenant), status.Modes.Single(mode => mode.Mode == Mode.Password).Current.Username);
            var active = await TryAsync(what, async () => await service.Client.GetActiveCredentialAsync(new() { TenantId = tenant }));
            Assert.True(active is null or { Credential: not null }, $"{what}: {active?.Unavailable}");
            await TryAsync(what, async () => await service.Client.ListAuditEventsAsync(new() { TenantId = tenant, VerifyChain = true }));
            await TryAsync(what, async () => await service.Client.ListNodesAsync(new() { TenantId = tenant }));
            reports.Add(new() { TenantId = tenant, Revision = Math.Max(status?.Revision ?? 1, 1), Outcome = ReportedOutcome.Applied });
            var set = await TryAsync(what, async () => await service.Client.SetActiveModeAsync(new() { TenantId = tenant, Mode = Mode.Password }));
            Assert.True(tenant != Whole || set?.Result == WriteResult.Activated, $"{what}: {set}");
        }
        // One call for all: the answer for the whole one does not depend on the others.
        var results = (await service.Client.ReportCredentialsAsync(new() { NodeId = "node-1", Reports = { reports } })).Results;
        Assert.True(results.Single(result => result.TenantId == Whole).Verdict is ReportVerdict.Noted or ReportVerdict.Superseded);
        var rejections = reports.Where(report => report.TenantId != Whole)
            .Select(report => new NodeReport(report)
                { Outcome = ReportedOutcome.Rejected, FailureClass = FailureClass.SessionRefused, SalesforceCode = "INVALID_SESSION_ID" });
        Assert.Equal(reports.Count - 1, (await service.Client.ReportCredentialsAsync(new() { NodeId = "node-1", Reports = { rejections } })).Results.Count);
        // So is a stream for all tenants: it has a message for each, and the undamaged tenant has its credential.
        using (var watch = service.Client.WatchActiveCredential(new() { Tenants = { tenants.Select(tenant => new WatchedTenant { TenantId = tenant }) } }))
        {
            var whole = false;
            await watch.ResponseStream.NextAsync(message => (whole |= message.Credential?.TenantId == Whole) & message.Synced is not null);
            Assert.True(whole);
        }
        var listed = (await service.Client.ListCredentialStatusesAsync(new() { PageSize = 200 })).Statuses;
        Assert.All(listed, status => Assert.True(status.Availability is Availability.Serving or Availability.Unreadable, status.ToString()));
        Assert.Contains(listed, status => status.TenantId == Whole && status.Availability == Availability.Serving);

        Assert.Contains("DAMAGED", await ReadinessAsync(service), StringComparison.Ordinal);
        // A worker may yet come by a place; then it is still.
        var (logged, still) = (-1, 0);
        await Waiting.UntilAsync(
            async () =>
            {
                await Task.Delay(500, TestContext.Current.CancellationToken);
                (still, logged) = (logged == Logged(service) ? still + 1 : 0, Logged(service));
                return still >= 3;
            },
            "nothing more is logged");
        Assert.InRange(logged, 1, 100);
    }

    private static int Logged(Service service) => service.Logs.GetSnapshot().Count(record => record.Id.Id is >= 230 and <= 232);

    // Damage ends a call as documented, or not at all.
    private static async Task<T?> TryAsync<T>(string what, Func<Task<T>> call)
        where T : class
    {
        try
        {
            return await call();
        }
        catch (RpcException e)
        {
            Assert.True(what != Whole && e.StatusCode is StatusCode.DataLoss or StatusCode.Unavailable or StatusCode.ResourceExhausted, $"{what}: {e}");
            return null;
        }
    }

    private static string User(string tenant) => $"{tenant}@damage.test";

    private static async Task<string> ReadinessAsync(Service service)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(service.Http, "/healthz/ready"), TestContext.Current.CancellationToken);
    }
}
