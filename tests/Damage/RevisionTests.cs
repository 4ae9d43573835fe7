using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Availability = GrpcCreds.V1.Availability;
using RequestEntry = GrpcCreds.Server.Store.RequestEntry;

namespace GrpcCreds.Tests.Damage;

/// <summary>Fields stored beside a sealed record are not trusted: they change no revision and cause no commit.</summary>
public sealed class RevisionTests : IAsyncLifetime
{
    private static readonly TenantId Acme = TenantId.Parse("acme");

    private readonly TemporaryDirectory directory = new();
    private Simulator simulator = null!;

    public async ValueTask InitializeAsync()
    {
        simulator = await Simulator.StartAsync();
        simulator.AddUser(Calls.User, Calls.Password);
        simulator.AddUser("bob2@acme.test", Calls.Password);
    }

    public async ValueTask DisposeAsync()
    {
        await simulator.DisposeAsync();
        directory.Dispose();
    }

    [Theory]
    [InlineData(false, long.MaxValue)]
    [InlineData(false, 1L << 62)]
    [InlineData(false, 0)]
    [InlineData(true, long.MaxValue)]
    [InlineData(true, 1L << 62)]
    [InlineData(true, 0)]
    public async Task A_rev_that_is_set_and_set_back_moves_nothing(bool onRedis, long forged)
    {
        await using var redis = onRedis ? await RedisServer.StartAsync() : null;
        string[] settings = redis is null ? [] : [$"ConnectionStrings:Redis={redis.ConnectionString}"];
        CredentialStatus set;
        await using (var service = await Service.StartAsync(simulator, directory, settings: settings))
            set = await service.Client.ActivateAsync();
        // Watched, read once, and only seen in the index.
        foreach (var (watched, read) in new[] { (true, true), (false, true), (false, false) })
        {
            await using var service = await Service.StartAsync(simulator, directory, settings: settings);
            service.ExpectedErrors = error => error.Id.Id is 200 or 230;
            using var watch = watched ? service.Client.WatchActiveCredential(Calls.Watch()) : null;
            if (watch is not null)
                await watch.ResponseStream.NextAsync(message => message.Synced is not null);
            if (read)
                await service.Client.StatusAsync();
            var real = await RevAsync(service);
            // A bit more than an hour ahead is what a clock can be; far more is not.
            foreach (var rev in new[] { forged == 0 ? real + 3_600_000_000 : forged, real })
            {
                await SetRevAsync(redis, rev);
                for (var look = 0; look < 20; look++)
                    await TryStatusAsync(service);
                await Task.Delay(700, TestContext.Current.CancellationToken);
            }
            var seq = await SeqAsync(service);
            await Task.Delay(1200, TestContext.Current.CancellationToken);
            Assert.InRange(await SeqAsync(service) - seq, 0, 1);
            if (await TryStatusAsync(service) is { Availability: Availability.Serving } status)
            {
                Assert.Equal(set.Etag, status.Etag);
                Assert.InRange(status.Revision, set.Revision, Revs.At(DateTimeOffset.UtcNow));
            }
            // A record repaired meanwhile has the rev it was given; otherwise the true rev is restored.
            if (await RevAsync(service) == real)
                Assert.Equal(Availability.Serving, (await service.Client.StatusAsync()).Availability);
        }
    }

    [Fact]
    public async Task What_was_sent_with_a_revision_far_ahead_is_shown_and_comes_back_when_an_operator_says_so()
    {
        CredentialStatus set;
        await using (var service = await Service.StartAsync(simulator, directory))
        {
            set = await service.Client.ActivateAsync();
            var ledger = service.Services.GetRequiredService<TenantRecords>();
            var record = (await ledger.ReadAsync(Acme, default)).Record;
            var ahead = service.Services.GetRequiredService<RecordSealer>().Seal(record with { Rev = 1L << 62, Revision = 1L << 62 });
            Assert.IsType<CommitOutcome.Committed>(await service.Services.GetRequiredService<IStore>().CommitAsync(
                new()
                {
                    Tenant = Acme,
                    Request = new RequestEntry(Guid.NewGuid(), DateTimeOffset.UtcNow, new byte[1], 1L << 62, "None"),
                    ReadRev = record.Rev,
                    Record = ahead,
                    Due = null,
                    Audit = new byte[1],
                    SeqSeen = 0,
                },
                default));
        }
        await using (var service = await Service.StartAsync(simulator, directory))
        {
            Assert.True((await service.Client.StatusAsync()).Revision >= 1L << 62);
            Assert.Contains("DAMAGED: revision far ahead of now of tenant acme", await ReadinessAsync(service), StringComparison.Ordinal);
        }
        await using (var service = await Service.StartAsync(simulator, directory, settings: ["Store:BringRevisionsBack=true"]))
        {
            service.ExpectedErrors = error => error.Id.Id == 200;
            // Two servers that read it at the same time restore it once.
            var ledger = service.Services.GetRequiredService<TenantRecords>();
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => ledger.TryReadAsync([Acme], default))));
            await Waiting.UntilAsync(async () => (await service.Services.GetRequiredService<IStore>().RevsAsync([Acme], default))[0] < 1L << 62,
                "the revision is brought back");
            var rev = (await ledger.ReadAsync(Acme, default)).Rev;
            await ledger.ReadAsync(Acme, default);
            Assert.Equal([rev], await service.Services.GetRequiredService<IStore>().RevsAsync([Acme], default));
            // A node that still holds the old one is sent the new one at once.
            using var watch = service.Client.WatchActiveCredential(Calls.Watch(known: 1L << 62));
            Assert.InRange((await watch.ResponseStream.NextAsync()).Credential.Revision, set.Revision, Revs.At(DateTimeOffset.UtcNow));
        }
        await using (var service = await Service.StartAsync(simulator, directory))
        {
            Assert.Equal((Availability.Serving, set.Etag), ((await service.Client.StatusAsync()) is var status ? status.Availability : default, set.Etag));
            Assert.DoesNotContain("DAMAGED", await ReadinessAsync(service), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("DELETE FROM meta", "the store's meta entry is gone")]
    [InlineData("DELETE FROM meta WHERE name = 'deployment'", "meta entry is damaged")]
    [InlineData("DELETE FROM meta WHERE name = 'format'", "meta entry is damaged")]
    [InlineData("DELETE FROM meta WHERE name = 'partitions'", "meta entry is damaged")]
    [InlineData("DELETE FROM meta WHERE name = 'sealing'", "its field sealing is gone")]
    [InlineData("DELETE FROM meta WHERE name = 'key:main'", "its field key:main is gone")]
    [InlineData("DELETE FROM meta WHERE name = 'key:audit'", "its field key:audit is gone")]
    [InlineData("UPDATE meta SET value = 'x' WHERE name = 'deployment'", "main.key")]
    public async Task A_store_whose_meta_entry_is_damaged_is_refused_and_a_running_service_goes_on(string sql, string text)
    {
        await using (var service = await Service.StartAsync(simulator, directory))
        {
            service.ExpectedErrors = error => error.Id.Id == 210 || error.Message.StartsWith("Health check", StringComparison.Ordinal);
            await service.Client.ActivateAsync();
            await RunAsync(sql);
            // Longer than any worker needs to look at it.
            await Task.Delay(3000, TestContext.Current.CancellationToken);
            Assert.False(
                service.Services.GetRequiredService<Microsoft.Extensions.Hosting.IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        }
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => Service.StartAsync(simulator, directory));
        Assert.Contains(text, refused.Message, StringComparison.Ordinal);
    }

    private static async Task<string> ReadinessAsync(Service service)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(service.Http, "/healthz/ready"), TestContext.Current.CancellationToken);
    }

    private static async Task<CredentialStatus?> TryStatusAsync(Service service)
    {
        try
        {
            return await service.Client.StatusAsync();
        }
        catch (Grpc.Core.RpcException e) when (e.StatusCode is Grpc.Core.StatusCode.DataLoss or Grpc.Core.StatusCode.Unavailable)
        {
            return null;
        }
    }

    private static async Task<long> SeqAsync(Service service) => (await service.Services.GetRequiredService<IStore>().ChangesSinceAsync(0, 0, default)).Seq;

    private static async Task<long> RevAsync(Service service) => (await service.Services.GetRequiredService<IStore>().RevsAsync([Acme], default))[0];

    private async Task SetRevAsync(RedisServer? redis, long rev)
    {
        if (redis is not null)
            await redis.AdminAsync("HSET", "{gc:0}:r:acme", "rev", rev);
        else
            await RunAsync($"UPDATE record SET rev = {rev} WHERE tenant = 'acme'");
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(directory.Path, "store.db")};Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
