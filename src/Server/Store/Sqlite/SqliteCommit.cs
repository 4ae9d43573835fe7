using Microsoft.Data.Sqlite;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>
/// Decides and writes one commit inside the writer's transaction. It sees what earlier commits of the same transaction wrote, and makes all its
/// checks before its first write.
/// </summary>
internal sealed class SqliteCommit(SqliteConnection connection, int auditEntriesPerTenant) : IDisposable
{
    private readonly SqliteStatement seqOf = new(connection, SqliteRows.SeqSql);
    private readonly SqliteStatement requestOf = SqliteRows.Requests(connection);
    private readonly SqliteStatement revOf = new(connection, "SELECT rev FROM record WHERE tenant = $1 AND key_id IS NOT NULL AND sealed IS NOT NULL");

    private readonly SqliteStatement countOf = new(
        connection,
        """
        SELECT max(n) FROM (
            SELECT max(n) AS n FROM audit WHERE tenant = $1 AND n BETWEEN 1 AND $2
            UNION ALL SELECT max(n) FROM request WHERE tenant = $1 AND n BETWEEN 1 AND $2)
        """);

    private readonly SqliteStatement setRecord = new(connection, "INSERT OR REPLACE INTO record (tenant, rev, key_id, sealed) VALUES ($1, $2, $3, $4)");
    private readonly SqliteStatement setSeq = new(connection, "INSERT OR REPLACE INTO seq (partition, n) VALUES ($1, $2)");
    private readonly SqliteStatement setIndex = new(connection, "INSERT OR REPLACE INTO ix (tenant, partition, seq) VALUES ($1, $2, $3)");
    private readonly SqliteStatement setDue = new(connection, "INSERT OR REPLACE INTO due (tenant, ms) VALUES ($1, $2)");
    private readonly SqliteStatement dropDue = new(connection, "DELETE FROM due WHERE tenant = $1");

    private readonly SqliteStatement addRequest =
        new(connection, "INSERT INTO request (tenant, id, n, ms, fingerprint, rev, result) VALUES ($1, $2, $3, $4, $5, $6, $7)");

    private readonly SqliteStatement setResult = new(connection, "UPDATE request SET result = $3 WHERE tenant = $1 AND id = $2");

    // Oldest first: requests above the number to keep, then those before the first that is young enough.
    private readonly SqliteStatement dropRequests = new(
        connection,
        """
        DELETE FROM request WHERE tenant = $1 AND n <
            (SELECT n FROM request WHERE tenant = $1 AND n >= $2 AND ms >= $3 ORDER BY n LIMIT 1)
        """);

    private readonly SqliteStatement addAudit = new(connection, "INSERT INTO audit (tenant, n, rev, sealed) VALUES ($1, $2, $3, $4)");
    private readonly SqliteStatement dropAudit = new(connection, "DELETE FROM audit WHERE tenant = $1 AND n <= $2");

    public CommitOutcome Apply(Commit commit, int partition)
    {
        var tenant = commit.Tenant.ToString();
        var seq = seqOf.Number(partition);
        if (seq < commit.SeqSeen)
            return new CommitOutcome.Behind(seq);
        if (SqliteRows.Request(requestOf, commit.Tenant, commit.Request.Id) is { } known)
            return new CommitOutcome.Known(known);
        if (RevOf(tenant) != commit.ReadRev)
            return new CommitOutcome.Conflict();

        setRecord.Run(tenant, commit.Record.Rev, commit.Record.KeyId, commit.Record.Sealed.ToArray());
        setSeq.Run(partition, ++seq);
        setIndex.Run(tenant, partition, seq);
        if (commit.Due is { } due)
            setDue.Run(tenant, due.ToUnixTimeMilliseconds());
        else
            dropDue.Run(tenant);
        WriteHistory(commit, tenant);
        return new CommitOutcome.Committed(seq);
    }

    public void Dispose()
    {
        SqliteStatement[] all =
        [
            seqOf, requestOf, revOf, countOf, setRecord, setSeq, setIndex, setDue, dropDue, addRequest, setResult, dropRequests, addAudit, dropAudit,
        ];
        foreach (var statement in all)
            statement.Dispose();
    }

    // The same rev that a reader of the record gets: 0 if the record is damaged.
    private long RevOf(string tenant) => revOf.QuerySound(row => row.GetInt64(0), () => { }, 1, tenant) is [var rev and > 0] ? rev : 0;

    private void WriteHistory(Commit commit, string tenant)
    {
        var n = countOf.Number(tenant, Changes.MaxPlace) + 1;
        var request = commit.Request;
        var ms = request.Time.ToUnixTimeMilliseconds();
        if (commit.Ends is { } ends)
            setResult.Run(tenant, SqliteRows.Text(ends.Id), ends.Result);
        addRequest.Run(tenant, SqliteRows.Text(request.Id), n, ms, request.Fingerprint.ToArray(), request.Rev, request.Result);
        dropRequests.Run(tenant, n - RequestEntry.MaxPerTenant + 1, ms - (long)RequestEntry.MaxAge.TotalMilliseconds);
        addAudit.Run(tenant, n, commit.Record.Rev, commit.Audit.ToArray());
        dropAudit.Run(tenant, n - auditEntriesPerTenant);
    }
}
