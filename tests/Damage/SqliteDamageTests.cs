using GrpcCreds.Tests.Store;
using Microsoft.Data.Sqlite;

namespace GrpcCreds.Tests.Damage;

/// <summary>The suite on the embedded store, where any column may contain any value.</summary>
public sealed class SqliteDamageTests : DamageSuite
{
    private const long Max = long.MaxValue;

    protected override IReadOnlyList<string> Ways { get; } =
    [
        "UPDATE ix SET tenant = 'Not a tenant {t}' WHERE tenant = '{t}'",
        "UPDATE ix SET seq = -seq WHERE tenant = '{t}'",
        $"UPDATE ix SET seq = {Max} WHERE tenant = '{{t}}'",
        "UPDATE ix SET seq = 'x' WHERE tenant = '{t}'",
        "UPDATE ix SET seq = NULL WHERE tenant = '{t}'",
        "UPDATE ix SET partition = 99 WHERE tenant = '{t}'",
        "DELETE FROM ix WHERE tenant = '{t}'",
        "DELETE FROM ix WHERE tenant = '{t}'; DELETE FROM record WHERE tenant = '{t}'",
        "INSERT INTO due (tenant, ms) VALUES ('', -1), ('Not a tenant {t}', 0), (x'00ff', 1)",
        "UPDATE due SET ms = NULL WHERE tenant = '{t}'",
        $"UPDATE due SET ms = {Max} WHERE tenant = '{{t}}'",
        "UPDATE due SET ms = -1 WHERE tenant = '{t}'",
        "UPDATE due SET ms = 'x' WHERE tenant = '{t}'",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT INTO due (tenant, ms) SELECT 'Not a tenant {t} ' || i, i FROM n",
        "UPDATE record SET rev = -1 WHERE tenant = '{t}'",
        "UPDATE record SET rev = 0 WHERE tenant = '{t}'",
        "UPDATE record SET rev = 'x' WHERE tenant = '{t}'",
        "UPDATE record SET rev = NULL WHERE tenant = '{t}'",
        $"UPDATE record SET rev = {Max} WHERE tenant = '{{t}}'",
        "UPDATE record SET rev = 1e300 WHERE tenant = '{t}'",
        "UPDATE record SET rev = rev + 1 WHERE tenant = '{t}'",
        "UPDATE record SET key_id = '' WHERE tenant = '{t}'",
        "UPDATE record SET key_id = NULL WHERE tenant = '{t}'",
        "UPDATE record SET key_id = 'audit' WHERE tenant = '{t}'",
        "UPDATE record SET sealed = x'' WHERE tenant = '{t}'",
        "UPDATE record SET sealed = NULL WHERE tenant = '{t}'",
        "UPDATE record SET sealed = 'text' WHERE tenant = '{t}'",
        "UPDATE record SET sealed = 12 WHERE tenant = '{t}'",
        "UPDATE record SET sealed = substr(sealed, 1, 60) WHERE tenant = '{t}'",
        "UPDATE record SET sealed = x'01ff' || substr(sealed, 3) WHERE tenant = '{t}'",
        "UPDATE record SET sealed = (SELECT sealed FROM record WHERE tenant = 'whole') WHERE tenant = '{t}'",
        "DELETE FROM record WHERE tenant = '{t}'",
        $"UPDATE request SET ms = {Max}, rev = -1, result = 'Nonsense' WHERE tenant = '{{t}}'",
        "UPDATE request SET ms = 'x', rev = NULL, fingerprint = NULL, result = NULL WHERE tenant = '{t}'",
        $"UPDATE OR IGNORE request SET n = {Max} WHERE tenant = '{{t}}'",
        "UPDATE audit SET rev = -1 WHERE tenant = '{t}'",
        "UPDATE audit SET rev = NULL, sealed = NULL WHERE tenant = '{t}'",
        "UPDATE audit SET sealed = x'' WHERE tenant = '{t}'",
        $"UPDATE audit SET n = {Max} WHERE tenant = '{{t}}' AND n = 1",
        "DELETE FROM audit WHERE tenant = '{t}'",
        "INSERT INTO journal (tenant, n, id, sealed) VALUES ('{t}', 5, 'none', x'')",
        $"INSERT INTO journal (tenant, n, id, sealed) VALUES ('{{t}}', {Max}, NULL, NULL)",
        "INSERT INTO node (tenant, key, version, value) VALUES ('{t}', 'k', 5, '{')",
        "INSERT INTO node (tenant, key, version, value) VALUES ('{t}', 'k', 5, NULL)",
        $"INSERT INTO node (tenant, key, version, value) VALUES ('{{t}}', 'k', {Max}, 'null')",
        "INSERT INTO node (tenant, key, version, value) VALUES ('{t}', '', 'x', 5)",
        """
        INSERT INTO node (tenant, key, version, value) VALUES ('{t}', 's:a19a0fb1e0f4ff8d2e5e', 5,
            '{"Name":{"Caller":"c","NodeId":"n","InstanceId":""},"Server":"s","Sent":9223372036854775807,"HeardTime":9223372036854775807,
            "Rejection":{"Revision":-1,"Class":99,"Code":null,"Time":9223372036854775807}}')
        """,
        $"INSERT INTO server (id, ms, about) VALUES ('a{{t}}', {Max}, ''), ('b{{t}}', -1, 'x'), ('c{{t}}', 'x', NULL)",
        $"INSERT INTO guard (key, version, sealed, expire_ms) VALUES ('{{t}}', {Max}, NULL, NULL)",
        "UPDATE seq SET n = 'x'",
        $"UPDATE seq SET n = {Max}",
        "UPDATE seq SET n = 1",
        "DELETE FROM seq",
    ];

    protected override Task PrepareAsync() => DamageAsync(SqliteStoreTests.Loosen);

    protected override async Task DamageAsync(string way)
    {
        await using var connection = new SqliteConnection($"Data Source={Data}/store.db;Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = way;
        await command.ExecuteNonQueryAsync();
    }
}
