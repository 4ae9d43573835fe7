using GrpcCreds.Server.Store;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace GrpcCreds.Tests.Faults.Keys;

/// <summary>Two servers on one Redis, each with its own keys directory: missing or wrong keys are reported and change nothing.</summary>
[Collection(OneAtATime.Name)]
public sealed class KeyStateTests : IAsyncLifetime
{
    private readonly TemporaryDirectory one = new();
    private readonly TemporaryDirectory two = new();
    private RedisServer redis = null!;

    public async ValueTask InitializeAsync()
    {
        redis = await RedisServer.StartAsync();
        Write(one, "main", 1);
        Write(one, "audit", 9);
        Copy("main");
        Copy("audit");
    }

    public async ValueTask DisposeAsync()
    {
        await redis.DisposeAsync();
        one.Dispose();
        two.Dispose();
    }

    [Fact]
    public async Task A_key_that_a_live_server_lacks_waits_until_it_has_it()
    {
        await using var old = await StartAsync(two);
        Write(one, "next", 2);
        await using var renewed = await StartAsync(one, "next");

        await ReportsAsync(renewed, HealthStatus.Degraded,
            "KEY_NOT_EVERYWHERE: Encryption:WritingKey 'next' does not seal yet", "'main' is active", "'next' is staged");
        await renewed.Client.SetPasswordCredentialAsync(Load.StagedPassword("acme", "acme@keys.test"));
        Assert.Equal("main", await KeyOfAsync(renewed, "acme"));

        // A wrong key under that name does not count, and is not taken.
        Write(two, "next", 3);
        await ReportsAsync(old, HealthStatus.Degraded, "KEYS_UNUSABLE", "next.key' is not the key this store was sealed with");
        await ReportsAsync(renewed, HealthStatus.Degraded, "KEY_NOT_EVERYWHERE");

        Copy("next");
        // Its settings have not changed yet; it seals with the new key all the same.
        await ReportsAsync(old, HealthStatus.Degraded, "KEY_REPLACED", "'next' is active");
        await ReportsAsync(renewed, HealthStatus.Healthy, "'next' is active", "'main' is retiring");
        await Waiting.UntilAsync(async () => await KeyOfAsync(old, "acme") == "next", "the record is sealed again");
        Assert.Equal("acme@keys.test", (await old.Client.StatusAsync()).Modes[0].Candidate.Username);
    }

    [Fact]
    public async Task A_start_without_a_key_that_still_holds_something_is_refused_with_the_number()
    {
        Write(one, "next", 2);
        await using (var first = await StartAsync(one))
            await first.Client.SetPasswordCredentialAsync(Load.StagedPassword("acme", "acme@keys.test"));
        await ChangeMetaAsync(meta => meta with { Sealing = ["next", "main"] });

        Copy("next");
        File.Delete(Path.Combine(two.Path, "main.key"));
        var refused = await Assert.ThrowsAsync<Server.Keys.KeyException>(() => StartAsync(two, "next"));
        Assert.Contains($"key file '{Path.Combine(two.Path, "main.key")}' is missing, and 1 records are still sealed with it",
            refused.Message, StringComparison.Ordinal);

        File.Delete(Path.Combine(two.Path, "next.key"));
        Copy("main");
        refused = await Assert.ThrowsAsync<Server.Keys.KeyException>(() => StartAsync(two));
        Assert.Contains("next.key' is missing", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_still_names_a_replaced_key_goes_on_with_the_new_one_and_says_so()
    {
        Write(one, "next", 2);
        await using (await StartAsync(one))
        {
        }
        await ChangeMetaAsync(meta => meta with { Sealing = ["next", "main"] });
        File.Delete(Path.Combine(one.Path, "main.key"));

        await using var late = await StartAsync(one, "main");
        await ReportsAsync(late, HealthStatus.Degraded, "KEY_REPLACED: Encryption:WritingKey names 'main', which 'next' has replaced");
        await late.Client.SetPasswordCredentialAsync(Load.StagedPassword("acme", "acme@keys.test"));
        Assert.Equal("next", await KeyOfAsync(late, "acme"));
    }

    [Fact]
    public async Task A_key_file_that_goes_while_it_is_in_use_is_missed_before_the_next_start()
    {
        await using var service = await StartAsync(one);
        File.Delete(Path.Combine(one.Path, "main.key"));
        await ReportsAsync(service, HealthStatus.Degraded, "KEY_MISSING: the key file of 'main' is gone while it is in use");
        // The service continues.
        await service.Client.SetPasswordCredentialAsync(Load.StagedPassword("acme", "acme@keys.test"));
        Assert.Equal("acme@keys.test", (await service.Client.StatusAsync()).Modes[0].Candidate.Username);
        Copy("main", two, one);
        await ReportsAsync(service, HealthStatus.Healthy, "'main' is active");
    }

    [Fact]
    public async Task A_server_that_cannot_open_what_the_others_write_is_not_ready()
    {
        await using var service = await StartAsync(one);
        // As if it had been silent while the others went on without it.
        await ChangeMetaAsync(meta => meta with { KeyChecks = meta.KeyChecks.Append(new("next", "check")).ToDictionary(), Sealing = ["next", "main"] });
        await ReportsAsync(service, HealthStatus.Unhealthy, "KEY_MISSING: the deployment seals with 'next', which this server does not have");
        service.ExpectedErrors = record => record.Message.StartsWith("Health check keys has status Unhealthy", StringComparison.Ordinal);
    }

    private Task<Service> StartAsync(TemporaryDirectory keys, string writingKey = "main") => Service.StartAsync(
        settings: [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Encryption:KeysDirectory={keys.Path}", $"Encryption:WritingKey={writingKey}"]);

    private async Task ChangeMetaAsync(Func<StoreMeta, StoreMeta> change)
    {
        var options = Microsoft.Extensions.Options.Options.Create(new StoreOptions());
        await using var store = new Server.Store.Redis.RedisStore(
            Server.Store.Redis.RedisSettings.Parse(redis.ConnectionString, options.Value), options, Support.Background.New(),
            Microsoft.Extensions.Logging.Abstractions.NullLogger<Server.Store.Redis.RedisStore>.Instance);
        var meta = (await store.OpenAsync(TestContext.Current.CancellationToken))!;
        Assert.True(await store.ChangeMetaAsync(meta, change(meta), null, TestContext.Current.CancellationToken));
    }

    private static async Task<string?> KeyOfAsync(Service service, string tenant) =>
        (await service.Services.GetRequiredService<IStore>().KeyIdsAsync([TenantId.Parse(tenant)], TestContext.Current.CancellationToken))[0];

    private static Task ReportsAsync(Service service, HealthStatus status, params string[] texts) => Waiting.UntilAsync(
        async () =>
        {
            var report =
                (await service.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken)).Entries["keys"];
            return report.Status == status && texts.All(text => report.Description!.Contains(text, StringComparison.Ordinal));
        },
        $"the keys are {status}: {string.Join(", ", texts)}",
        TimeSpan.FromSeconds(60));

    private static void Write(TemporaryDirectory directory, string id, byte filling) =>
        Put(directory, id, Convert.ToBase64String([.. Enumerable.Repeat(filling, 32)]));

    private void Copy(string id) => Copy(id, one, two);

    private static void Copy(string id, TemporaryDirectory from, TemporaryDirectory to) => Put(to, id, File.ReadAllText(Path.Combine(from.Path, id + ".key")));

    private static void Put(TemporaryDirectory directory, string id, string content) => KeyRings.Write(Path.Combine(directory.Path, id + ".key"), content);
}
