using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>
/// The embedded store: one SQLite file in a directory that one process holds. Writes go through <see cref="SqliteWriter"/>; readers have
/// their own connections and see only committed data, which with WAL and synchronous=FULL is always on disk.
/// </summary>
internal sealed class SqliteStore(IOptions<StoreOptions> options, StoreDamage? damage = null, TimeProvider? monotonic = null) : IStore
{
    private readonly StoreOptions settings = options.Value;
    private readonly UseClock clock = new(monotonic ?? TimeProvider.System);
    private readonly StoreDamage damage = damage ?? StoreDamage.Untold();
    private SqliteFile? file;
    private int partitions;
    private string? deployment;

    public event Action<StoreHint>? Hinted;

    public int Partitions => file is null ? throw NotOpen() : partitions;

    private SqliteFile File => file ?? throw NotOpen();

    public async Task<StoreMeta?> OpenAsync(CancellationToken cancellationToken)
    {
        file = await Task.Run(() => SqliteFile.Open(settings, () => Hinted?.Invoke(StoreHint.Changed)), cancellationToken);
        var meta = await File.ReadAsync(SqliteMeta.Read, cancellationToken);
        if (meta is null && await File.ReadAsync(SqliteMeta.HasData, cancellationToken))
            throw MetaLost.Refusal();
        (partitions, deployment) = (meta?.Partitions ?? settings.Partitions, meta?.DeploymentId);
        return meta;
    }

    public async Task<StoreMeta> CreateMetaAsync(StoreMeta meta, CancellationToken cancellationToken)
    {
        var standing = await File.WriteAsync(connection => SqliteMeta.Read(connection) ?? SqliteMeta.Write(connection, meta), cancellationToken);
        (partitions, deployment) = (standing.Partitions, standing.DeploymentId);
        return standing;
    }

    public async Task<StoreMeta?> MetaAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAsync(SqliteMeta.Read, cancellationToken);
        }
        catch (StoreRefusedException exception)
        {
            throw new StoreDamagedException(exception.Message, exception);
        }
    }

    public Task<bool> ChangeMetaAsync(StoreMeta read, StoreMeta updated, IReadOnlyCollection<string>? servers, CancellationToken cancellationToken) =>
        File.WriteAsync(connection => SqliteMeta.Change(connection, read, updated, servers), cancellationToken);

    public Task<StoreFault?> CheckAsync(CancellationToken cancellationToken) => File.CheckAsync(cancellationToken);

    public Task<CommitOutcome> CommitAsync(Commit commit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(commit.Record.Rev, commit.ReadRev);
        return File.CommitAsync(commit, Partition.Of(commit.Tenant, Partitions), cancellationToken);
    }

    public Task<IReadOnlyList<StoredTenant>> ReadAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        File.ReadAsync<IReadOnlyList<StoredTenant>>(
            connection =>
            {
                using var record = new SqliteStatement(connection, "SELECT rev, key_id, sealed FROM record WHERE tenant = $1");
                using var trace = new SqliteStatement(
                    connection,
                    """
                    SELECT EXISTS (SELECT 1 FROM ix WHERE tenant = $1) OR EXISTS (SELECT 1 FROM record WHERE tenant = $1)
                        OR EXISTS (SELECT 1 FROM audit WHERE tenant = $1)
                    """);
                return [.. tenants.Select(tenant => record.QuerySound(SqliteRows.Record, Ignored, 1, tenant.ToString()) is [var found]
                    ? new StoredTenant(tenant, found, InIndex: true)
                    : new StoredTenant(tenant, null, InIndex: trace.Number(tenant.ToString()) == 1))];
            },
            cancellationToken);

    public Task<IReadOnlyList<long>> RevsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        File.ReadAsync<IReadOnlyList<long>>(
            connection =>
            {
                using var rev = new SqliteStatement(connection, "SELECT rev FROM record WHERE tenant = $1");
                return [.. tenants.Select(tenant => Math.Max(rev.Number(tenant.ToString()), 0))];
            },
            cancellationToken);

    public Task<IReadOnlyList<string?>> KeyIdsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        File.ReadAsync<IReadOnlyList<string?>>(
            connection =>
            {
                using var keyId = new SqliteStatement(connection, "SELECT key_id FROM record WHERE tenant = $1");
                return [.. tenants.Select(tenant => keyId.QuerySound(row => row.GetString(0), Ignored, 1, tenant.ToString()).SingleOrDefault())];
            },
            cancellationToken);

    public Task<bool> ResealAsync(TenantId tenant, StoredRecord resealed, string keyId, CancellationToken cancellationToken) =>
        File.WriteAsync(
            connection =>
            {
                using var set = new SqliteStatement(
                    connection, "UPDATE record SET key_id = $1, sealed = $2 WHERE tenant = $3 AND rev = $4 AND key_id = $5 RETURNING 1");
                return set.Number(resealed.KeyId, resealed.Sealed.ToArray(), tenant.ToString(), resealed.Rev, keyId) == 1;
            },
            cancellationToken);

    public Task<Changes> ChangesSinceAsync(int partition, long seq, CancellationToken cancellationToken) =>
        File.ReadAsync(
            connection =>
            {
                using var deployment = new SqliteStatement(connection, "SELECT value FROM meta WHERE name = 'deployment'");
                using var counter = new SqliteStatement(connection, SqliteRows.SeqSql);
                return new Changes(
                    deployment.QuerySound(row => row.GetString(0), Found(Damaged.Meta), 1).SingleOrDefault(),
                    counter.Number(partition),
                    seq > 0 ? Since(connection, partition, seq) : All(connection, partition));
            },
            cancellationToken);

    public Task<IReadOnlyList<TenantId>> DueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        // The limit counts only rows with a valid tenant: damaged rows keep no tenant waiting.
        Rows(
            "SELECT tenant FROM due WHERE ms <= $1 ORDER BY ms",
            SqliteRows.Tenant,
            Found(Damaged.DueEntry),
            limit,
            cancellationToken,
            now.ToUnixTimeMilliseconds());

    public Task<RequestEntry?> RequestAsync(TenantId tenant, Guid id, CancellationToken cancellationToken) =>
        File.ReadAsync(
            connection =>
            {
                using var requests = SqliteRows.Requests(connection);
                return SqliteRows.Request(requests, tenant, id);
            },
            cancellationToken);

    public Task<IReadOnlyList<AuditBytes>> AuditAsync(TenantId tenant, AuditPosition? before, int limit, CancellationToken cancellationToken) =>
        Rows(
            "SELECT n, rev, sealed FROM audit WHERE tenant = $1 AND n < $2 ORDER BY n DESC LIMIT $3",
            SqliteRows.Audit,
            Found(Damaged.Audit, tenant),
            limit,
            cancellationToken,
            tenant.ToString(),
            before?.Major ?? long.MaxValue,
            limit);

    public Task AppendAsync(AuditJournal journal, Guid id, ReadOnlyMemory<byte> sealedEntry, CancellationToken cancellationToken) =>
        WriteAsync(connection => SqliteJournal.Append(connection, journal, id, sealedEntry, settings.EntriesOf(journal)), cancellationToken);

    public Task<IReadOnlyList<JournalBytes>> JournalAsync(AuditJournal journal, AuditPosition? before, int limit, CancellationToken cancellationToken) =>
        Rows(
            SqliteJournal.ReadSql,
            SqliteRows.Journal,
            Found(Damaged.Of(journal), journal.Tenant),
            limit,
            cancellationToken,
            SqliteJournal.NameOf(journal),
            before?.Major ?? long.MaxValue,
            limit);

    public async Task<CasEntry?> GuardAsync(string key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            return (await File.ReadAsync(
                connection =>
                {
                    using var guard = new SqliteStatement(connection, SqliteGuard.ReadSql);
                    return guard.Query(SqliteRows.Guard, key, now.ToUnixTimeMilliseconds());
                },
                cancellationToken)).SingleOrDefault();
        }
        catch (StoreDamagedException)
        {
            damage.Found(Damaged.Guard);
            throw;
        }
    }

    public Task<bool> SetGuardAsync(CasWrite write, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(write.Version, write.ReadVersion);
        return WriteAsync(connection => SqliteGuard.Apply(connection, write), cancellationToken);
    }

    public Task SetNodesAsync(
        TenantId tenant, IReadOnlyList<StoredNode> nodes, IReadOnlyList<string> dropped, DateTimeOffset now, CancellationToken cancellationToken) =>
        WriteAsync(connection => SqliteNodes.Set(connection, tenant, nodes, dropped, clock.Now(connection, now)), cancellationToken);

    public Task<NodeChanges> NodesSinceAsync(TenantId tenant, long version, CancellationToken cancellationToken) =>
        File.ReadAsync(connection => SqliteNodes.Since(connection, tenant, version, Found(Damaged.Nodes, tenant)), cancellationToken);

    public Task<IReadOnlyList<MemberHeartbeat>> BeatAsync(MemberHeartbeat beat, CancellationToken cancellationToken) =>
        WriteAsync(
            connection => SqliteNodes.Beat(connection, beat, clock.Now(connection, beat.Time), clock.Used, Found(Damaged.Servers)), cancellationToken);

    public ValueTask DisposeAsync() => file?.DisposeAsync() ?? ValueTask.CompletedTask;

    // A commit detects by its seq and rev that the store was emptied in the meantime; a write without them has to check first.
    private Task<T> WriteAsync<T>(Func<SqliteConnection, T> write, CancellationToken cancellationToken) => File.WriteAsync(
        connection => SqliteMeta.IsOf(connection, deployment)
            ? write(connection)
            : throw new StoreUnavailableException("the store was emptied or belongs to another deployment; restore its data"),
        cancellationToken);

    private List<Change> Since(SqliteConnection connection, int partition, long seq)
    {
        using var index = new SqliteStatement(connection, "SELECT tenant, seq FROM ix WHERE partition = $1 AND seq > $2 ORDER BY seq");
        return index.QuerySound(SqliteRows.Change, Found(Damaged.IndexEntry), int.MaxValue, partition, seq);
    }

    // Whatever else is in a row: the tenant's name determines its partition.
    private List<Change> All(SqliteConnection connection, int partition)
    {
        using var index = new SqliteStatement(connection, "SELECT tenant, seq FROM ix ORDER BY seq");
        var all = index.QuerySound(SqliteRows.Change, Found(Damaged.IndexEntry), int.MaxValue);
        all.RemoveAll(change => Partition.Of(change.Tenant, Partitions) != partition);
        return all;
    }

    private Task<IReadOnlyList<T>> Rows<T>(
        string sql, Func<SqliteDataReader, T> row, Action damaged, int limit, CancellationToken cancellationToken, params object[] values) =>
        File.ReadAsync<IReadOnlyList<T>>(
            connection =>
            {
                using var statement = new SqliteStatement(connection, sql);
                return statement.QuerySound(row, damaged, limit, values);
            },
            cancellationToken);

    private Action Found(string what, TenantId? tenant = null) => () => damage.Found(what, tenant);

    // The code that opens the record finds that it is lost, and reports it.
    private static void Ignored()
    {
    }

    private static InvalidOperationException NotOpen() => new("the store was used before it was opened");
}
