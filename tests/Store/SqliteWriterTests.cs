using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Sqlite;
using GrpcCreds.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>Writes that wait together become one transaction; a fault of one does not affect the others.</summary>
public sealed class SqliteWriterTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task One_writes_fault_is_its_own_and_the_others_of_its_batch_are_committed_once()
    {
        await using var store = new SqliteStore(Options.Create(new StoreOptions { DataDirectory = directory.Path, CommandTimeout = Waiting.Long }));
        await store.OpenAsync(Token);
        await store.CreateMetaAsync(new StoreMeta("deployment-1", 1, 1, new Dictionary<string, string>()), Token);
        await RunAsync("CREATE TRIGGER poison BEFORE INSERT ON audit WHEN NEW.tenant LIKE 'bad-%' BEGIN SELECT RAISE(ABORT, 'poison'); END");
        string[] tenants = [.. Enumerable.Range(0, 200).Select(i => i % 50 == 7 ? $"bad-{i}" : $"good-{i}")];

        List<Task<CommitOutcome>> commits;
        await using (var other = await OpenAsync())
        {
            // While another program has the file they gather.
            await using var held = await other.BeginTransactionAsync(Token);
            commits = [.. tenants.Select(tenant => store.CommitAsync(NewCommit(tenant), Token))];
            await Task.Delay(50, Token);
        }

        foreach (var (tenant, commit) in tenants.Zip(commits))
        {
            if (tenant.StartsWith("bad-", StringComparison.Ordinal))
                await Assert.ThrowsAsync<StoreUnavailableException>(() => commit);
            else
                Assert.IsType<CommitOutcome.Committed>(await commit);
        }
        Assert.Equal(tenants.Select(tenant => tenant[0] == 'g' ? 1L : 0), await store.RevsAsync([.. tenants.Select(TenantId.Parse)], Token));
        var changes = await store.ChangesSinceAsync(0, 0, Token);
        Assert.Equal((196, 196L), (changes.Tenants.Count, changes.Seq));
        Assert.Single(await store.AuditAsync(TenantId.Parse("good-0"), null, 10, Token));
    }

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void Whatever_kind_of_failure_it_is_the_store_is_not_available(Exception exception, bool isDamage)
    {
        var translated = SqliteErrors.Translate(exception);
        Assert.Equal(isDamage, translated is StoreDamagedException);
        Assert.DoesNotContain("secret", translated.Message, StringComparison.Ordinal);
    }

    public static TheoryData<Exception, bool> Exceptions => new()
    {
        { new SqliteException("secret", 5), false },
        { new SqliteException("secret", 8), false },
        { new SqliteException("secret", 10), false },
        { new SqliteException("secret", 11), false },
        { new SqliteException("secret", 13), false },
        { new SqliteException("secret", 26), false },
        { new TimeoutException("secret"), false },
        { new ObjectDisposedException("secret"), false },
        { new IOException("secret"), false },
        { new InvalidCastException("secret"), true },
        { new FormatException("secret"), true },
        { new OverflowException("secret"), true },
        { new ArgumentOutOfRangeException("secret"), true },
        { new InvalidOperationException("secret"), true },
    };

    private static Commit NewCommit(string tenant) => new()
    {
        Tenant = TenantId.Parse(tenant),
        Request = new RequestEntry(Guid.NewGuid(), DateTimeOffset.UnixEpoch, new byte[32], 1, "DONE"),
        ReadRev = 0,
        Record = new StoredRecord(1, "key-1", new byte[600]),
        Due = null,
        Audit = new byte[100],
        SeqSeen = 0,
    };

    private async Task<SqliteConnection> OpenAsync()
    {
        var connection = new SqliteConnection($"Data Source={directory.Path}/store.db;Pooling=False");
        await connection.OpenAsync(Token);
        return connection;
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Token);
    }
}
