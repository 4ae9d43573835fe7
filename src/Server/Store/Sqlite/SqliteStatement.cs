using Microsoft.Data.Sqlite;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>A statement prepared once on one connection; its parameters are $1, $2, … in the given order.</summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly SqliteCommand command;

    public SqliteStatement(SqliteConnection connection, string sql)
    {
        command = connection.CreateCommand();
        command.CommandText = sql;
    }

    public void Run(params ReadOnlySpan<object> values)
    {
        Bind(values);
        command.ExecuteNonQuery();
    }

    /// <summary>Every row, converted by <paramref name="row"/>.</summary>
    public List<T> Query<T>(Func<SqliteDataReader, T> row, params ReadOnlySpan<object> values)
    {
        Bind(values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(row(reader));
        return rows;
    }

    /// <summary>
    /// The readable rows, at most <paramref name="limit"/> of them; <paramref name="damaged"/> is called for each row that cannot be read.
    /// </summary>
    public List<T> QuerySound<T>(Func<SqliteDataReader, T> row, Action damaged, int limit, params ReadOnlySpan<object> values)
    {
        Bind(values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (rows.Count < limit && reader.Read())
        {
            try
            {
                rows.Add(row(reader));
            }
            catch (Exception exception) when (SqliteErrors.IsDamage(exception))
            {
                damaged();
            }
        }
        return rows;
    }

    /// <summary>The number in the first row, or 0 if there is none.</summary>
    public long Number(params ReadOnlySpan<object> values)
    {
        Bind(values);
        return command.ExecuteScalar() as long? ?? 0;
    }

    public void Dispose() => command.Dispose();

    private void Bind(ReadOnlySpan<object> values)
    {
        for (var i = command.Parameters.Count; i < values.Length; i++)
            command.Parameters.Add(new SqliteParameter { ParameterName = $"${i + 1}" });
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i];
    }
}
