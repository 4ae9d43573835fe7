using System.Globalization;
using GrpcCreds.Server.Observability;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>
/// The shared store. A single Redis answers writers and readers only after the fsync (appendonly yes, appendfsync always), which
/// <see cref="RedisChecks"/> enforces; with replicas, an operation counts once the <see cref="RedisBarrier"/> has confirmed it. Commands of one connection
/// run in the order sent; code that relies on this says so.
/// </summary>
internal sealed class RedisStore(
    RedisTarget target, IOptions<StoreOptions> options, BackgroundWork work, ILogger<RedisStore> logger, StoreDamage? damage = null) : IStore
{
    private readonly StoreOptions settings = options.Value;
    private readonly StoreDamage damage = damage ?? StoreDamage.Untold();
    private RedisConnection? connection;
    private int partitions;
    private string? deployment;
    private OldLayout? oldLayout;

    /// <summary>Makes the barriers; replaced only by seeded bugs.</summary>
    public MakeBarrier Barriers { get; init; } =
        (redis, primary, commands, quorum, markKey) => new RedisBarrier(redis, primary, commands, quorum, markKey);

    public event Action<StoreHint>? Hinted;

    public string Name => connection?.Product.ToString() ?? "Redis";

    public StoreDurability Durability => Connection.Durability;

    public int Partitions => connection is null ? throw NotOpen() : partitions;

    private RedisConnection Connection => connection ?? throw NotOpen();

    public async Task<StoreMeta?> OpenAsync(CancellationToken cancellationToken)
    {
        connection = await RedisConnection.OpenAsync(
            target, settings, Barriers, hint => Hinted?.Invoke(hint), work, logger, cancellationToken);
        oldLayout = new OldLayout(connection);
        var meta = await OpenMetaAsync(cancellationToken);
        (partitions, deployment) = (meta?.Partitions ?? settings.Partitions, meta?.DeploymentId);
        if (meta is not null)
            await MarkPartitionsAsync(meta, cancellationToken);
        return meta;
    }

    public async Task<StoreMeta> CreateMetaAsync(StoreMeta meta, CancellationToken cancellationToken)
    {
        var standing = await Connection.RunAsync(RedisKeys.Meta, database => MetaScript.CreateAsync(database, meta), cancellationToken);
        (partitions, deployment) = (standing.Partitions, standing.DeploymentId);
        await MarkPartitionsAsync(standing, cancellationToken);
        return standing;
    }

    public async Task<StoreMeta?> MetaAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Connection.RunAsync(RedisKeys.Meta, MetaScript.ReadAsync, cancellationToken);
        }
        catch (StoreRefusedException exception)
        {
            throw new StoreDamagedException(exception.Message, exception);
        }
    }

    public Task<bool> ChangeMetaAsync(StoreMeta read, StoreMeta updated, IReadOnlyCollection<string>? servers, CancellationToken cancellationToken) =>
        Connection.RunAsync(RedisKeys.Meta, database => MetaScript.ChangeAsync(database, read, updated, servers), cancellationToken);

    public Task<StoreFault?> CheckAsync(CancellationToken cancellationToken) => Connection.CheckAsync(cancellationToken);

    public async Task<CommitOutcome> CommitAsync(Commit commit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(commit.Record.Rev, commit.ReadRev);
        var keys = Keys(commit.Tenant);
        var outcome = await NotedAsync(
            Connection.RunAsync(
                keys.Seq, database => CommitScript.RunAsync(database, commit, keys, settings.AuditEntriesPerTenant), cancellationToken),
            Damaged.Writing,
            commit.Tenant);
        if (outcome is CommitOutcome.Committed)
            Connection.Hint();
        return outcome;
    }

    public Task<IReadOnlyList<StoredTenant>> ReadAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        EachAsync(tenants, ReadAsync, cancellationToken);

    public Task<IReadOnlyList<long>> RevsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        EachAsync(tenants, RevAsync, cancellationToken);

    public Task<IReadOnlyList<string?>> KeyIdsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        EachAsync(tenants, KeyIdAsync, cancellationToken);

    public Task<bool> ResealAsync(TenantId tenant, StoredRecord resealed, string keyId, CancellationToken cancellationToken) =>
        Connection.RunAsync(
            Keys(tenant).Seq, database => ResealScript.RunAsync(database, Keys(tenant).Record(tenant), resealed, keyId), cancellationToken);

    public Task<Changes> ChangesSinceAsync(int partition, long seq, CancellationToken cancellationToken) =>
        NotedAsync(RedisIndex.ChangesSinceAsync(Connection, new RedisKeys(partition), seq, damage, cancellationToken), Damaged.Index);

    public async Task<IReadOnlyList<TenantId>> DueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        var due = await Task.WhenAll(Enumerable.Range(0, Partitions).Select(partition =>
            NotedAsync(DueAsync(new RedisKeys(partition).Due, now, limit, cancellationToken), Damaged.Due)));
        return [.. due.SelectMany(entries => entries).OrderBy(entry => entry.Score).Take(limit).Select(entry => entry.Tenant)];
    }

    public async Task<RequestEntry?> RequestAsync(TenantId tenant, Guid id, CancellationToken cancellationToken)
    {
        var value = await NotedAsync(
            Connection.RunAsync(
                Keys(tenant).Seq,
                database => database.HashGetAsync(Keys(tenant).Requests(tenant), RedisRequest.Name(id), RedisConnection.Flags),
                cancellationToken),
            Damaged.Request,
            tenant);
        return value.IsNull ? null : RedisRequest.Read(id, value.ToString());
    }

    public Task<IReadOnlyList<AuditBytes>> AuditAsync(TenantId tenant, AuditPosition? before, int limit, CancellationToken cancellationToken) =>
        NotedAsync(
            Connection.RunAsync(
                Keys(tenant).Seq, database => RedisJournal.AuditAsync(database, Keys(tenant).Audit(tenant), before, limit), cancellationToken),
            Damaged.Audit,
            tenant);

    public Task AppendAsync(AuditJournal journal, Guid id, ReadOnlyMemory<byte> sealedEntry, CancellationToken cancellationToken) =>
        NotedAsync(
            WriteAsync(
                RedisKeys.Journal(journal, Partitions),
                database => RedisJournal.AppendAsync(database, RedisKeys.Journal(journal, Partitions), id, sealedEntry, settings.EntriesOf(journal)),
                cancellationToken,
                journal.Tenant is { } tenant ? Keys(tenant) : null),
            Damaged.Of(journal),
            journal.Tenant);

    public Task<IReadOnlyList<JournalBytes>> JournalAsync(AuditJournal journal, AuditPosition? before, int limit, CancellationToken cancellationToken) =>
        NotedAsync(
            Connection.RunAsync(
                RedisKeys.Journal(journal, Partitions),
                database => RedisJournal.ReadAsync(database, RedisKeys.Journal(journal, Partitions), before, limit),
                cancellationToken),
            Damaged.Of(journal),
            journal.Tenant);

    public Task<CasEntry?> GuardAsync(string key, DateTimeOffset now, CancellationToken cancellationToken) =>
        NotedAsync(
            Connection.RunAsync(RedisKeys.Guard(key), database => GuardScript.ReadAsync(database, key), cancellationToken), Damaged.Guard);

    public Task<bool> SetGuardAsync(CasWrite write, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(write.Version, write.ReadVersion);
        return NotedAsync(
            WriteAsync(RedisKeys.Guard(write.Key), database => GuardScript.RunAsync(database, write), cancellationToken), Damaged.Guard);
    }

    public Task SetNodesAsync(
        TenantId tenant, IReadOnlyList<StoredNode> nodes, IReadOnlyList<string> dropped, DateTimeOffset now, CancellationToken cancellationToken) =>
        NotedAsync(
            Connection.RunAsync(
                Keys(tenant).Seq,
                async database =>
                    await RedisNodes.SetAsync(database, Keys(tenant), tenant, nodes, dropped, deployment ?? throw NotOpen(), IsMetaHere(tenant))
                        ? true
                        : throw NotOurs(),
                cancellationToken),
            Damaged.Nodes,
            tenant);

    public Task<NodeChanges> NodesSinceAsync(TenantId tenant, long version, CancellationToken cancellationToken) =>
        NotedAsync(
            Connection.RunAsync(Keys(tenant).Seq, database => RedisNodes.SinceAsync(database, Keys(tenant), tenant, version), cancellationToken),
            Damaged.Nodes,
            tenant);

    public async Task<IReadOnlyList<MemberHeartbeat>> BeatAsync(MemberHeartbeat beat, CancellationToken cancellationToken)
    {
        var beats = await NotedAsync(
            WriteAsync(RedisKeys.Servers, database => RedisNodes.BeatAsync(database, beat), cancellationToken), Damaged.Servers);
        return [.. beats, .. await oldLayout!.BeatsAsync(beats, cancellationToken)];
    }

    public async ValueTask DisposeAsync()
    {
        if (connection is not null)
            await connection.DisposeAsync();
    }

    // A commit detects by its seq and rev that the store was emptied in the meantime; a write without them has to check first.
    private async Task<T> WriteAsync<T>(
        RedisKey key, Func<IDatabaseAsync, Task<T>> write, CancellationToken cancellationToken, RedisKeys? partition = null)
    {
        if (partition is null && !Connection.AreTogether(key, RedisKeys.Meta))
        {
            if (await Connection.RunAsync(RedisKeys.Meta, DeploymentAsync, cancellationToken) != deployment)
                throw NotOurs();
            return await Connection.RunAsync(key, write, cancellationToken);
        }
        return await Connection.RunAsync(
            key,
            async database => (partition is { } of
                ? await database.StringGetAsync(of.Owner, RedisConnection.Flags)
                : await DeploymentAsync(database)) == deployment ? await write(database) : throw NotOurs(),
            cancellationToken);
    }

    private static Task<RedisValue> DeploymentAsync(IDatabaseAsync database) =>
        database.HashGetAsync(RedisKeys.Meta, MetaFields.Deployment, RedisConnection.Flags);

    private static StoreUnavailableException NotOurs() => new("the store was emptied or belongs to another deployment; restore its data");

    // A key of a wrong type is reported, whichever operation it affects, and reported intact when it answers again.
    private async Task<T> NotedAsync<T>(Task<T> running, string what, TenantId? tenant = null)
    {
        what = $"key of the {what}";
        try
        {
            var answer = await running;
            damage.Whole(what, tenant);
            return answer;
        }
        catch (StoreDamagedException)
        {
            damage.Found(what, tenant);
            throw;
        }
    }

    private async Task<StoreMeta?> OpenMetaAsync(CancellationToken cancellationToken)
    {
        try
        {
            var meta = await MetaAsync(cancellationToken) ?? await oldLayout!.TakeOverAsync(cancellationToken);
            return meta is null && await HasDataAsync(cancellationToken) ? throw MetaLost.Refusal() : meta;
        }
        catch (StoreDamagedException exception)
        {
            throw new StoreRefusedException(
                StoreReason.Foreign, $"the store's meta entry is damaged: {exception.Message}; restore it, or use an empty store", exception);
        }
    }

    // Without the meta entry the number of partitions is unknown.
    private async Task<bool> HasDataAsync(CancellationToken cancellationToken)
    {
        var counts = await Task.WhenAll(Enumerable.Range(0, 1024).Select(number => new RedisKeys(number)).Select(keys => Connection.RunAsync(
            keys.Seq, database => database.KeyExistsAsync([keys.Owner, keys.Seq, keys.Index, keys.Due], RedisConnection.Flags), cancellationToken)));
        return counts.Sum() > 0;
    }

    /// <summary>
    /// Writes into each partition whose it is, once: from then on, a partition without it was emptied. The field that says so is written last, so a server
    /// that dies in between leaves it to the next.
    /// </summary>
    private async Task MarkPartitionsAsync(StoreMeta meta, CancellationToken cancellationToken)
    {
        if (await Connection.RunAsync(RedisKeys.Meta, MetaScript.IsMarkedAsync, cancellationToken))
            return;
        await Task.WhenAll(Enumerable.Range(0, meta.Partitions).Select(number => new RedisKeys(number)).Select(keys => Connection.RunAsync(
            keys.Owner, database => MetaScript.MarkAsync(database, keys.Owner, meta.DeploymentId), cancellationToken)));
        await oldLayout!.LeaveAsync(cancellationToken);
        await Connection.RunAsync(RedisKeys.Meta, MetaScript.SetMarkedAsync, cancellationToken);
    }

    // Damaged entries must not keep the others waiting: the limit counts only entries with a valid tenant.
    private async Task<IReadOnlyList<(TenantId Tenant, double Score)>> DueAsync(
        RedisKey due, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        var found = new List<(TenantId, double)>();
        for (var skip = 0L; ; skip += limit)
        {
            var page = await Connection.RunAsync(
                due,
                database => database.SortedSetRangeByScoreWithScoresAsync(
                    due, stop: now.ToUnixTimeMilliseconds(), skip: skip, take: limit, flags: RedisConnection.Flags),
                cancellationToken);
            foreach (var entry in page)
            {
                if (TenantId.TryParse(entry.Element.ToString(), out var tenant))
                    found.Add((tenant, entry.Score));
                else
                    damage.Found(Damaged.DueEntry);
            }
            if (page.Length < limit || found.Count >= limit)
                return found;
        }
    }

    private async Task<StoredTenant> ReadAsync(IDatabaseAsync database, TenantId tenant)
    {
        var keys = Keys(tenant);
        if (await RecordAsync(database, keys.Record(tenant)) is { } found)
            return new StoredTenant(tenant, found, InIndex: true);
        // Its traces, and then the record again: a commit between the two reads shows a record, never a trace that seems to have lost its record.
        var place = database.SortedSetScoreAsync(keys.Index, tenant.ToString(), RedisConnection.Flags);
        var traces = database.KeyExistsAsync([keys.Record(tenant), keys.Audit(tenant)], RedisConnection.Flags);
        var record = RecordAsync(database, keys.Record(tenant));
        await Task.WhenAll(place, traces, record);
        return await record is { } made
            ? new StoredTenant(tenant, made, InIndex: true)
            : new StoredTenant(tenant, null, InIndex: (await place).HasValue || await traces > 0);
    }

    // Redis has no checksums: a record whose rev is not a number is lost. An absent rev parses as 0.
    private static async Task<StoredRecord?> RecordAsync(IDatabaseAsync database, RedisKey record) =>
        await FieldsAsync(database, record, "rev", "key", "sealed") is [var rev, var key, var bytes] && Rev(rev) is var number and > 0
            ? new StoredRecord(number, key.ToString(), (byte[]?)bytes ?? [])
            : null;

    private async Task<long> RevAsync(IDatabaseAsync database, TenantId tenant) =>
        await FieldsAsync(database, Keys(tenant).Record(tenant), "rev") is [var rev] ? Rev(rev) : 0;

    private async Task<string?> KeyIdAsync(IDatabaseAsync database, TenantId tenant) =>
        await FieldsAsync(database, Keys(tenant).Record(tenant), "key") is [var key] ? (string?)key : null;

    /// <returns>Null: the key holds something other than a record.</returns>
    private static async Task<RedisValue[]?> FieldsAsync(IDatabaseAsync database, RedisKey record, params RedisValue[] names)
    {
        try
        {
            return await database.HashGetAsync(record, names, RedisConnection.Flags);
        }
        catch (RedisServerException exception) when (exception.Kind == RedisErrorKind.WrongType)
        {
            return null;
        }
    }

    // Exactly as written, compared as text, because as numbers "0730" and "730" are equal: a damaged value is not a rev.
    private static long Rev(RedisValue value) =>
        value.TryParse(out long rev) && rev > 0 && value.ToString() == rev.ToString(CultureInfo.InvariantCulture) ? rev : 0;

    /// <summary>Reads a value for many tenants, some hundred at a time: one long burst would time out where several short ones do not.</summary>
    private async Task<IReadOnlyList<T>> EachAsync<T>(
        IReadOnlyList<TenantId> tenants, Func<IDatabaseAsync, TenantId, Task<T>> read, CancellationToken cancellationToken)
    {
        var all = new List<T>(tenants.Count);
        foreach (var some in tenants.Chunk(500))
        {
            // A partition's keys are at one primary.
            var answers = await Task.WhenAll(some.Index().GroupBy(entry => Partition.Of(entry.Item, Partitions)).Select(async partition =>
                (partition, values: await Connection.RunAsync(
                    new RedisKeys(partition.Key).Seq,
                    database => Task.WhenAll(partition.Select(entry => read(database, entry.Item))),
                    cancellationToken))));
            var values = new T[some.Length];
            foreach (var (partition, found) in answers)
            {
                foreach (var ((index, _), value) in partition.Zip(found))
                    values[index] = value;
            }
            all.AddRange(values);
        }
        return all;
    }

    private bool IsMetaHere(TenantId tenant) => Connection.AreInOneScript(Keys(tenant).Seq, RedisKeys.Meta);

    private RedisKeys Keys(TenantId tenant) => RedisKeys.Of(tenant, Partitions);

    private static InvalidOperationException NotOpen() => new("the store was used before it was opened");
}
