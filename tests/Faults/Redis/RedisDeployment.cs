using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Redis;

/// <summary>A redis-server with one or more service processes on it, and calls as an administrator makes them.</summary>
internal sealed class RedisDeployment : IAsyncDisposable
{
    private const string Password = "s3cret";
    private static readonly HttpClient Http = new();

    private readonly TemporaryDirectory directory = new();
    private readonly List<ServiceProcess> services = [];
    private readonly List<GrpcChannel> channels = [];
    private int users;

    private readonly string[] settings;

    private RedisDeployment(RedisServer redis, Simulator simulator, string[] settings) =>
        (Redis, Simulator, ConnectionString, this.settings) = (redis, simulator, redis.ConnectionString, settings);

    public RedisServer Redis { get; }

    public Simulator Simulator { get; }

    private string ConnectionString { get; set; }

    public static async Task<RedisDeployment> StartAsync(SimulatorOptions? salesforce = null, params string[] settings) =>
        new(await RedisServer.StartAsync(), await Simulator.StartAsync(salesforce), settings);

    /// <summary>From now on services may use no channel, so no hint of a change ever comes.</summary>
    public async Task DropAllHintsAsync()
    {
        await Redis.AdminAsync("ACL", "SETUSER", "deaf", "on", ">pw", "~*", "resetchannels", "+@all");
        ConnectionString = $"{Redis.ConnectionString},user=deaf,password=pw";
    }

    public async Task<ServiceProcess> AddServiceAsync(string? bug = null)
    {
        var service = await SeededServer.StartAsync(Simulator, directory.Path, [$"ConnectionStrings:Redis={ConnectionString}", .. settings], bug);
        services.Add(service);
        return service;
    }

    public SyncCredentials.SyncCredentialsClient ClientOf(ServiceProcess service)
    {
        var channel = GrpcChannel.ForAddress(service.Grpc);
        channels.Add(channel);
        return new(channel);
    }

    /// <summary>Puts a new user's password in force, retrying until the store accepts it, and returns the revision and the user's id.</summary>
    public async Task<(long Revision, string UserId)> SetAsync(ServiceProcess service, string tenant)
    {
        var user = Simulator.AddUser($"user{++users}@redis.test", Password);
        var client = ClientOf(service);
        SetPasswordCredentialResponse? set = null;
        await Waiting.UntilAsync(
            async () =>
            {
                try
                {
                    set = await client.SetPasswordCredentialAsync(
                        new() { TenantId = tenant, Username = user.Username, Password = Password, SecurityToken = "" });
                    return true;
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
                {
                    return false;
                }
            },
            "the store takes a write");
        Assert.Equal(WriteResult.Activated, set!.Result);
        return (set.Status.Revision, user.UserId);
    }

    /// <summary>Makes the clocks of all services jump ahead; they need the setting Clock:Adjustable.</summary>
    public async Task AdvanceAsync(string by)
    {
        foreach (var service in services)
            await service.AdvanceAsync(by);
    }

    public static async Task<(HttpStatusCode Status, string Text)> ReadinessAsync(ServiceProcess service)
    {
        using var response = await Http.GetAsync(new Uri(service.Http, "/healthz/ready"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        foreach (var service in services)
            await service.DisposeAsync();
        await Simulator.DisposeAsync();
        await Redis.DisposeAsync();
        directory.Dispose();
    }
}
