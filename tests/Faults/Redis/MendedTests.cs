using System.Net;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using StackExchange.Redis;
using Xunit;

namespace GrpcCreds.Tests.Faults.Redis;

/// <summary>The service uses an operator's fix within seconds and reports the fault until then.</summary>
public sealed class MendedTests : IAsyncLifetime
{
    // Far below the minute after which a running service checks its store anyway.
    private static readonly TimeSpan Seconds = TimeSpan.FromSeconds(25);

    private readonly TemporaryDirectory directory = new();
    private RedisServer? redis;
    private ConnectionMultiplexer? admin;
    private Simulator? simulator;
    private ServiceProcess? service;

    private string PasswordFile => Path.Combine(directory.Path, "redis-password");

    public async ValueTask InitializeAsync()
    {
        redis = await RedisServer.StartAsync();
        admin = await ConnectionMultiplexer.ConnectAsync($"{redis.Address},allowAdmin=true");
        simulator = await Simulator.StartAsync();
        await redis.AdminAsync("ACL", "SETUSER", "service", "on", ">first, of two", "~*", "&*", "+@all");
        await File.WriteAllTextAsync(PasswordFile, "first, of two\n");
        KeyRings.SetMode(PasswordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        service = await ServiceProcess.StartAsync(
            simulator, directory.Path, [$"ConnectionStrings:Redis={redis.ConnectionString}", "Redis:User=service", $"Redis:PasswordFile={PasswordFile}"]);
    }

    public async ValueTask DisposeAsync()
    {
        if (service is not null)
            await service.DisposeAsync();
        if (simulator is not null)
            await simulator.DisposeAsync();
        if (admin is not null)
            await admin.DisposeAsync();
        if (redis is not null)
            await redis.DisposeAsync();
        directory.Dispose();
    }

    [Theory]
    [InlineData("appendfsync", "everysec", "always", "set appendfsync always")]
    [InlineData("maxmemory-policy", "allkeys-lru", "noeviction", "set maxmemory-policy noeviction")]
    public async Task A_setting_of_Redis(string name, string wrong, string right, string text)
    {
        await redis!.AdminAsync("CONFIG", "SET", name, wrong);
        await CutAsync();
        await UntilAsync(HttpStatusCode.ServiceUnavailable, text);
        await redis.AdminAsync("CONFIG", "SET", name, right);
        await UntilAsync(HttpStatusCode.OK, "");
    }

    [Fact]
    public async Task A_right_of_the_user()
    {
        await redis!.AdminAsync("ACL", "SETUSER", "service", "-config");
        await CutAsync();
        await UntilAsync(HttpStatusCode.ServiceUnavailable, "+config|get");
        await redis.AdminAsync("ACL", "SETUSER", "service", "+config");
        await UntilAsync(HttpStatusCode.OK, "");
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task A_password_at_the_service(string defaultUser)
    {
        await ChangePasswordAsync("second = other", defaultUser);
        await UntilAsync(HttpStatusCode.ServiceUnavailable, "");
        await UntilLoggedAsync("WRONGPASS");
        await File.WriteAllTextAsync(PasswordFile, "second = other\n");
        await UntilAsync(HttpStatusCode.OK, "");
        await UntilSignedInAsync();
        Assert.DoesNotContain(service!.Output, line => line.Contains("of two", StringComparison.Ordinal) || line.Contains("= other", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task A_password_at_Redis(string defaultUser)
    {
        await ChangePasswordAsync("second = other", defaultUser);
        await UntilAsync(HttpStatusCode.ServiceUnavailable, "");
        await UntilLoggedAsync("WRONGPASS");
        await AdminAsync("ACL", "SETUSER", "service", ">first, of two");
        await UntilAsync(HttpStatusCode.OK, "");
        await UntilSignedInAsync();
    }

    [Fact]
    public async Task A_server_that_was_away()
    {
        await redis!.KillAsync();
        await UntilAsync(HttpStatusCode.ServiceUnavailable, "");
        await UntilLoggedAsync("the connection is refused");
        await redis.RestartAsync();
        // Its users were in its memory only.
        await redis.AdminAsync("ACL", "SETUSER", "service", "on", ">first, of two", "~*", "&*", "+@all");
        await UntilAsync(HttpStatusCode.OK, "");
    }

    // The user "default": a client that does not authenticate has its rights.
    private async Task ChangePasswordAsync(string password, string defaultUser)
    {
        await AdminAsync("ACL", "SETUSER", "service", "resetpass", $">{password}");
        await AdminAsync("ACL", "SETUSER", "default", defaultUser);
        await CutAsync();
    }

    private Task<RedisResult> AdminAsync(string command, params object[] arguments) => admin!.GetServers()[0].ExecuteAsync(command, arguments);

    private Task UntilSignedInAsync() =>
        Waiting.UntilAsync(async () => (await AdminAsync("CLIENT", "LIST")).ToString()
            .Contains("user=service", StringComparison.Ordinal), "the service is signed in as itself", Seconds);

    // As a network does: the service comes again, and then looks at everything.
    private async Task CutAsync() => await AdminAsync("CLIENT", "KILL", "USER", "service");

    private Task UntilAsync(HttpStatusCode status, string text) => Waiting.UntilAsync(
        async () =>
        {
            var (now, said) = await RedisDeployment.ReadinessAsync(service!);
            return now == status && said.Contains(text, StringComparison.Ordinal);
        },
        $"readiness is {status}: {text}",
        Seconds);

    private Task UntilLoggedAsync(string text) =>
        Waiting.UntilAsync(() => service!.Output.Any(line => line.Contains(text, StringComparison.Ordinal)), $"'{text}' is logged", Seconds);
}
