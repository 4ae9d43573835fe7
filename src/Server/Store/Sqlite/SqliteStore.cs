using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>
/// The embedded store: one SQLite file in a directory that one process holds. Writes go through <see cref="SqliteWriter"/>; readers have
/// connections of their own and see only what is committed, which with WAL and synchronous=FULL is only what is on disk.
/// </summary>
internal sealed class SqliteStore(IOptions<StoreOptions> options, TimeProvider? monotonic = null) : IStore
{
    private readonly StoreOptions settings = options.Value;
    private readonly UseClock clock = new(monotonic ?? TimeProvider.System);
    private SqliteFile? file;
    private int partitions;

    public event Action<StoreHint>? Hinted;

    public int Partitions => file is null ? throw NotOpen() : partitions;

    private SqliteFile File => file ?? throw NotOpen();

    public async Task<StoreMeta?> OpenAsync(CancellationToken cancellationToken)
    {
        file = await Task.Run(() => SqliteFile.Open(settings, () => Hinted?.Invoke(StoreHint.Changed)), cancellationToken);
        var meta = await File.ReadAsync(SqliteMeta.Read, cancellationToken);
        partitions = meta?.Partitions ?? settings.Partitions;
        return meta;
    }

    public async Task<StoreMeta> CreateMetaAsync(StoreMeta meta, CancellationToken cancellationToken)
    {
        var standing = await File.WriteAsync(connection => SqliteMeta.Read(connection) ?? SqliteMeta.Write(connection, meta), cancellationToken);
        partitions = standing.Partitions;
        return standing;
    }

    public Task<StoreMeta?> MetaAsync(CancellationToken cancellationToken) => File.ReadAsync(SqliteMeta.Read, cancellationToken);

    public Task<bool> ChangeMetaAsync(StoreMeta read, StoreMeta updated, IReadOnlyCollection<string>? servers, CancellationToken cancellationToken) =>
        File.WriteAsync(connection => SqliteMeta.Change(connection, read, updated, servers), cancellationToken);

    public Task<StoreFault?> CheckAsync(CancellationToken cancellationToken) => File.CheckAsync(cancellationToken);

    public Task<CommitOutcome> CommitAsync(Commit commit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(commit.Record.Rev, commit.ReadRev);
        return File.CommitAsync(commit, Partition.Of(commit.Tenant, Partitions), cancellationToken);
    }

    public Task<IReadOnlyList<StoredTenant>> ReadAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        File.ReadAsync<IReadOnlyList<StoredTenant>>(
            connection =>
            {
                using var record = new SqliteStatement(connection, "SELECT rev, key_id, sealed FROM record WHERE tenant = $1");
                using var index = new SqliteStatement(connection, "SELECT seq FROM ix WHERE tenant = $1");
                return [.. tenants.Select(tenant => new StoredTenant(
                    tenant,
                    record.Query(SqliteRows.Record, tenant.ToString()).SingleOrDefault(),
                    index.Number(tenant.ToString()) > 0))];
            },
            cancellationToken);

    public Task<IReadOnlyList<long>> RevsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        File.ReadAsync<IReadOnlyList<long>>(
            connection =>
            {
                using var rev = new SqliteStatement(connection, "SELECT rev FROM record WHERE tenant = $1");
                return [.. tenants.Select(tenant => rev.Number(tenant.ToString()))];
            },
            cancellationToken);

    public Task<IReadOnlyList<string?>> KeyIdsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        File.ReadAsync<IReadOnlyList<string?>>(
            connection =>
            {
                using var keyId = new SqliteStatement(connection, "SELECT key_id FROM record WHERE tenant = $1");
                return [.. tenants.Select(tenant => keyId.Query(row => row.GetString(0), tenant.ToString()).SingleOrDefault())];
            },
            cancellationToken);

    public Task<bool> ResealAsync(TenantId tenant, StoredRecord resealed, string keyId, CancellationToken cancellationToken) =>
        File.WriteAsync(
            connection =>
            {
                using var set = new SqliteStatement(connection, "UPDATE record SET key_id = $1, sealed = $2 WHERE tenant = $3 AND rev = $4 AND key_id = $5 RETURNING 1");
                return set.Number(resealed.KeyId, resealed.Sealed.ToArray(), tenant.ToString(), resealed.Rev, keyId) == 1;
            },
            cancellationToken);

    public Task<Changes> ChangesSinceAsync(int partition, long seq, CancellationToken cancellationToken) =>
        File.ReadAsync(
            connection =>
            {
                using var deployment = new SqliteStatement(connection, "SELECT value FROM meta WHERE name = 'deployment'");
                using var counter = new SqliteStatement(connection, "SELECT n FROM seq WHERE partition = $1");
                using var index = new SqliteStatement(connection, "SELECT tenant, seq FROM ix WHERE partition = $1 AND seq > $2 ORDER BY seq");
                return new Changes(
                    deployment.Query(row => row.GetString(0)).SingleOrDefault(),
                    counter.Number(partition),
                    index.Query(SqliteRows.Change, partition, seq));
            },
            cancellationToken);

    public Task<IReadOnlyList<TenantId>> DueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        Rows("SELECT tenant FROM due WHERE ms <= $1 ORDER BY ms LIMIT $2", SqliteRows.Tenant, cancellationToken, now.ToUnixTimeMilliseconds(), limit);

    public async Task<RequestEntry?> RequestAsync(TenantId tenant, Guid id, CancellationToken cancellationToken) =>
        (await Rows(SqliteRows.RequestSql, SqliteRows.Request, cancellationToken, tenant.ToString(), SqliteRows.Text(id))).SingleOrDefault();

    public Task<IReadOnlyList<AuditBytes>> AuditAsync(TenantId tenant, AuditPosition? before, int limit, CancellationToken cancellationToken) =>
        Rows(
            "SELECT n, rev, sealed FROM audit WHERE tenant = $1 AND n < $2 ORDER BY n DESC LIMIT $3",
            SqliteRows.Audit,
            cancellationToken,
            tenant.ToString(),
            before?.Major ?? long.MaxValue,
            limit);

    public Task AppendAsync(AuditJournal journal, Guid id, ReadOnlyMemory<byte> sealedEntry, CancellationToken cancellationToken) =>
        File.WriteAsync(connection => SqliteJournal.Append(connection, journal, id, sealedEntry, settings.EntriesOf(journal)), cancellationToken);

    public Task<IReadOnlyList<JournalBytes>> JournalAsync(AuditJournal journal, AuditPosition? before, int limit, CancellationToken cancellationToken) =>
        Rows(
            SqliteJournal.ReadSql, SqliteRows.Journal, cancellationToken, SqliteJournal.NameOf(journal), before?.Major ?? long.MaxValue, limit);

    public async Task<StoredGuard?> GuardAsync(string key, DateTimeOffset now, CancellationToken cancellationToken) =>
        (await Rows(SqliteGuard.ReadSql, SqliteRows.Guard, cancellationToken, key, now.ToUnixTimeMilliseconds())).SingleOrDefault();

    public Task<bool> SetGuardAsync(GuardWrite write, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(write.Version, write.ReadVersion);
        return File.WriteAsync(connection => SqliteGuard.Apply(connection, write), cancellationToken);
    }

    public Task SetNodesAsync(TenantId tenant, IReadOnlyList<StoredNode> nodes, IReadOnlyList<string> dropped, DateTimeOffset now, CancellationToken cancellationToken) =>
        File.WriteAsync(connection => SqliteNodes.Set(connection, tenant, nodes, dropped, clock.Now(connection, now)), cancellationToken);

    public Task<NodeChanges> NodesSinceAsync(TenantId tenant, long version, CancellationToken cancellationToken) =>
        File.ReadAsync(connection => SqliteNodes.Since(connection, tenant, version), cancellationToken);

    public Task<IReadOnlyList<ServerBeat>> BeatAsync(ServerBeat beat, CancellationToken cancellationToken) =>
        File.WriteAsync(connection => SqliteNodes.Beat(connection, beat, clock.Now(connection, beat.Time), clock.Used), cancellationToken);

    public ValueTask DisposeAsync() => file?.DisposeAsync() ?? ValueTask.CompletedTask;

    private Task<IReadOnlyList<T>> Rows<T>(
        string sql, Func<SqliteDataReader, T> row, CancellationToken cancellationToken, params object[] values) =>
        File.ReadAsync<IReadOnlyList<T>>(
            connection =>
            {
                using var statement = new SqliteStatement(connection, sql);
                return statement.Query(row, values);
            },
            cancellationToken);

    private static InvalidOperationException NotOpen() => new("the store is used before it was opened");
}
