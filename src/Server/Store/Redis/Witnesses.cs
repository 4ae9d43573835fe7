using System.Net;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>Asks several servers the same at once, and takes the answers of those that are quick enough.</summary>
internal sealed class Witnesses(ConfigurationOptions redis) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    /// <summary>For a server that did not answer last time: one that is frozen or cut off must not delay the others' answers each time.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<EndPoint, RespConnection> connections = [];
    private readonly HashSet<EndPoint> silent = [];

    /// <summary>Why a server did not answer last time; null if all answered.</summary>
    public (EndPoint Server, Exception Failure)? Failure { get; private set; }

    /// <summary>The answers of each server that answered every question without an error.</summary>
    public async Task<IReadOnlyList<(EndPoint Server, Resp[] Answers)>> AskAsync(
        IReadOnlyCollection<EndPoint> servers, string[][] questions, CancellationToken cancellationToken)
    {
        foreach (var gone in connections.Keys.Except(servers).ToList())
            Drop(gone);
        var asked = await Task.WhenAll(servers.Select(server =>
            AskAsync(server, connections.GetValueOrDefault(server), questions, silent.Contains(server) ? Short : Patience, cancellationToken)));
        cancellationToken.ThrowIfCancellationRequested();
        Failure = null;
        foreach (var (server, connection, answers, failure) in asked)
        {
            Failure = failure is null ? Failure : (server, failure);
            if (connection is null)
            {
                connections.Remove(server);
                silent.Add(server);
            }
            else
            {
                connections[server] = connection;
                silent.Remove(server);
            }
        }
        return [.. asked.Where(one => one.Answers is not null && one.Failure is null).Select(one => (one.Server, one.Answers!))];
    }

    public void Dispose()
    {
        foreach (var connection in connections.Values)
            connection.Dispose();
    }

    private async Task<(EndPoint Server, RespConnection? Connection, Resp[]? Answers, Exception? Failure)> AskAsync(
        EndPoint server, RespConnection? connection, string[][] questions, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(patience);
        try
        {
            connection ??= await RespConnection.OpenAsync(redis, server, end.Token);
            var answers = await connection.AskAllAsync(questions, end.Token);
            return (server, connection, answers, answers.FirstOrDefault(answer => answer.IsError) is { } error ? new RespErrorException(error.Text!) : null);
        }
        catch (Exception exception)
        {
            // It counts as silent; the source says what that means, and the last failure is shown to a person.
            connection?.Dispose();
            return (server, null, null, exception);
        }
    }

    private void Drop(EndPoint server)
    {
        connections[server].Dispose();
        connections.Remove(server);
        silent.Remove(server);
    }
}
