using System.Diagnostics;
using System.Net.Http.Json;
using System.Web;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>
/// Service processes on one store, with a Salesforce whose refresh tokens work once: one redis-server behind a proxy for each process, or the
/// embedded store with one process. All clocks are those of the service, and made to agree.
/// </summary>
internal sealed class GrantDeployment : IAsyncDisposable
{
    /// <summary>After this every session (two hours) is due for renewal, and lives long enough for the test to see the result.</summary>
    public static readonly TimeSpan UntilDue = TimeSpan.FromMinutes(105);

    /// <summary>After this no server waits for a claim any more.</summary>
    private static readonly TimeSpan ClaimEnd = TimeSpan.FromSeconds(61);

    private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    private readonly TemporaryDirectory directory = new();
    private readonly List<CommitHold> holds = [];
    private readonly List<Member> members = [];
    private readonly RedisServer? redis;
    private readonly RunClock clock;

    private GrantDeployment(Simulator simulator, RedisServer? redis, RunClock clock) => (Simulator, this.redis, this.clock) = (simulator, redis, clock);

    public Simulator Simulator { get; }

    public IReadOnlyList<Member> Members => members;

    public IReadOnlyList<Member> Up => [.. members.Where(member => member.IsUp)];

    public SyncCredentials.SyncCredentialsClient Client => Up[0].Client;

    public string DataDirectory => directory.Path;

    public string? RedisAddress => redis?.ConnectionString;

    public bool IsClockReal => clock.Speed == 1;

    /// <summary>The time of all services, and of Salesforce.</summary>
    public DateTimeOffset Now => clock.GetUtcNow();

    /// <param name="services">How many processes; 0: one on the embedded store.</param>
    /// <param name="speed">Of the clock.</param>
    /// <param name="bug">Which seeded bug they have; null for the real service.</param>
    /// <param name="sessionSeconds">How long sessions live.</param>
    public static async Task<GrantDeployment> StartAsync(int services, double speed = 1, string? bug = null, int sessionSeconds = 7200)
    {
        var clock = new RunClock(speed);
        var simulator = await Simulator.StartAsync(new() { AutoApprove = true, SessionSecondsValid = sessionSeconds, TimeProvider = clock });
        simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true, MaxGrantsPerUser = 1000 });
        var deployment = new GrantDeployment(simulator, services == 0 ? null : await RedisServer.StartAsync(), clock);
        for (var number = 0; number < Math.Max(services, 1); number++)
            await deployment.AddAsync(bug);
        return deployment;
    }

    /// <summary>Holds the tenant's next commit, of whichever service or of one.</summary>
    public CommitHold HoldCommit(string tenant, CommitPoint point, Member? only = null)
    {
        var hold = new CommitHold(tenant, point, only?.Proxy);
        lock (holds)
            holds.Add(hold);
        return hold;
    }

    public Member Behind(RedisProxy proxy) => members.Single(member => member.Proxy == proxy);

    /// <summary>Saves a separate user for each tenant and authorizes it. OAuth is then in force, and nothing more happens automatically.</summary>
    public async Task AddTenantsAsync(params IEnumerable<string> tenants)
    {
        foreach (var tenant in tenants)
            await AddTenantAsync(tenant);
        // The demand for a tenant is recorded after the node already has its answer.
        await QuietAsync();
    }

    /// <summary>Saves a separate app for the tenant, which acts as a separate user. It is then in force, and a node has asked for it.</summary>
    public async Task AddAppTenantAsync(string tenant)
    {
        var user = Simulator.AddUser(User(tenant), "s3cret");
        var app = Simulator.AddApp(DefaultApps.Demo with { ConsumerKey = $"3MVG9.{tenant}", ConsumerSecret = $"s3cret-{tenant}", RunAs = user.Username });
        var set = await Client.SetClientCredentialsAsync(new()
        {
            TenantId = tenant, ConsumerKey = app.ConsumerKey, ConsumerSecret = app.ConsumerSecret, MyDomain = ClientCredentialsAdministration.MyDomain,
        });
        Assert.Equal(WriteResult.Activated, set.Result);
        Assert.NotNull((await Client.GetActiveCredentialAsync(new() { TenantId = tenant })).Credential);
        await QuietAsync();
    }

    /// <summary>Opens a setup and approves it at Salesforce; what comes back completes it.</summary>
    public async Task<CompleteOAuthSetupRequest> ApproveAsync(string tenant)
    {
        var setup = await Client.StartOAuthSetupAsync(new() { TenantId = tenant });
        using var back = await Http.GetAsync(new Uri($"{setup.AuthorizationUrl}&login_hint={Uri.EscapeDataString(User(tenant))}"));
        var query = HttpUtility.ParseQueryString(back.Headers.Location!.Query);
        return new() { State = query["state"], Code = query["code"], RequestId = Guid.NewGuid().ToString() };
    }

    public static string User(string tenant) => $"{tenant}@grants.test";

    /// <summary>Makes all clocks jump ahead.</summary>
    public Task AdvanceAsync(TimeSpan by)
    {
        clock.Advance(by);
        return Task.WhenAll(Up.Select(SynchronizeAsync));
    }

    /// <summary>Lets the claims end that are open now: each server counts from when it first saw them, so each has to.</summary>
    public async Task EndClaimsAsync(IReadOnlyList<string> tenants)
    {
        await Task.WhenAll(Up.Select(async member =>
        {
            foreach (var tenant in tenants)
                await member.Client.StatusAsync(tenant);
        }));
        await QuietAsync();
        await AdvanceAsync(ClaimEnd);
    }

    /// <summary>Brings a clock that is behind up to the others'.</summary>
    public async Task SynchronizeAsync(Member member)
    {
        var behind = Now - await ClockAsync(member, TimeSpan.FromTicks(1));
        if (behind > TimeSpan.Zero)
            await ClockAsync(member, behind);
    }

    public static async Task<DateTimeOffset> ClockAsync(Member member, TimeSpan advance)
    {
        using var answer = await Http.PostAsync(member.Clock(advance), null);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<DateTimeOffset>();
    }

    public async Task RestartAsync(Member member)
    {
        await member.RestartAsync();
        await SynchronizeAsync(member);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in members)
            await member.DisposeAsync();
        await Simulator.DisposeAsync();
        if (redis is not null)
            await redis.DisposeAsync();
        directory.Dispose();
    }

    /// <summary>Waits until nothing is on its way: a jump of the clocks meanwhile would look like a request that took a minute.</summary>
    public async Task QuietAsync()
    {
        var (before, since) = (-1, 0L);
        var until = DateTime.UtcNow + Waiting.Long;
        while (since == 0 || Stopwatch.GetElapsedTime(since) < TimeSpan.FromMilliseconds(200))
        {
            var now = Simulator.Requests().Count + members.Sum(member => member.Proxy?.Committed.Count ?? 0);
            var pending = Simulator.Grants()
                .FirstOrDefault(grant => grant.RefreshTokens.Any(token => token.Presentations.Any(one => one is { Endpoint: Endpoint.Token, EndTime: null })));
            if (now != before || pending is not null)
                (before, since) = (now, Stopwatch.GetTimestamp());
            Assert.True(
                DateTime.UtcNow < until,
                $"still on its way: {pending?.Username}, "
                    + string.Join(", ", Simulator.Requests().TakeLast(5).Select(request => $"{request.Path} {request.Username} {request.Status}")));
            await Task.Delay(20);
        }
    }

    private async Task AddTenantAsync(string tenant)
    {
        var user = Simulator.AddUser(User(tenant), "s3cret");
        await Client.SetOAuthCredentialAsync(new() { TenantId = tenant, OrgId = user.OrgId, UserId = user.UserId });
        Assert.Equal(WriteResult.Activated, (await Client.CompleteOAuthSetupAsync(await ApproveAsync(tenant))).Result);
        // A node asks for it, so its session is kept alive.
        Assert.NotNull((await Client.GetActiveCredentialAsync(new() { TenantId = tenant })).Credential);
    }

    private async Task AddAsync(string? bug)
    {
        var proxy = redis is null ? null : new RedisProxy(redis.Port, holds);
        string[] settings =
        [
            "Clock:Adjustable=true",
            $"Clock:Speed={clock.Speed}",
            $"Salesforce:ClientId={DefaultApps.Demo.ConsumerKey}",
            $"Salesforce:ClientSecret={DefaultApps.Demo.ConsumerSecret}",
            .. ClientCredentialsAdministration.Settings(Simulator),
            // Real time: as long as the clock thinks it is.
            $"Store:CommandTimeout={TimeSpan.FromSeconds(Math.Max(2 / clock.Speed, 0.1)):c}",
            .. proxy is null ? Array.Empty<string>() : [$"ConnectionStrings:Redis={proxy.Address}"],
        ];
        var member = new Member(await SeededServer.StartAsync(Simulator, directory.Path, settings, bug), proxy);
        members.Add(member);
        await SynchronizeAsync(member);
    }
}
