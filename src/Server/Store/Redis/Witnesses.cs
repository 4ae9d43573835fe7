using System.Net;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>Asks several servers the same at once, and takes the answers of those that are quick enough.</summary>
/// <remarks>
/// Nobody waits for a server that was too slow last time, so that one that is frozen or cut off does not delay the others' answers each time. It counts
/// again once it has answered: one that only needs long for a connection is not silent for ever.
/// </remarks>
internal sealed class Witnesses(ConfigurationOptions redis) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly Dictionary<EndPoint, Task<Attempt>> attempts = [];
    private readonly HashSet<EndPoint> slow = [];
    private readonly CancellationTokenSource closing = new();

    /// <summary>The servers that did not answer last time, and why.</summary>
    public IReadOnlyList<(EndPoint Server, Exception Failure)> Failures { get; private set; } = [];

    /// <summary>The answers of each server that answered every question without an error.</summary>
    public async Task<IReadOnlyList<(EndPoint Server, Resp[] Answers)>> AskAsync(
        IReadOnlyCollection<EndPoint> servers, string[][] questions, CancellationToken cancellationToken)
    {
        foreach (var gone in attempts.Keys.Except(servers).ToList())
            Drop(gone);
        var begun = servers.Distinct().Where(server => !attempts.TryGetValue(server, out var before) || before.IsCompleted).ToHashSet();
        foreach (var server in begun)
            Begin(server, questions);
        await Task.WhenAny(
            Task.WhenAll(begun.Except(slow).Select(server => attempts[server])), Task.Delay(Patience, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();

        var answers = new List<(EndPoint, Resp[])>();
        var failures = new List<(EndPoint, Exception)>();
        foreach (var server in servers.Distinct())
        {
            var attempt = begun.Contains(server) && attempts[server] is { IsCompleted: true } done ? await done : Attempt.Late;
            if (attempt.Failure is null)
                answers.Add((server, attempt.Answers));
            else
                failures.Add((server, attempt.Failure));
            if (attempt.Failure is OperationCanceledException)
                slow.Add(server);
            else
                slow.Remove(server);
        }
        Failures = failures;
        return answers;
    }

    public void Dispose()
    {
        closing.Cancel();
        foreach (var server in attempts.Keys.ToList())
            Drop(server);
    }

    private void Begin(EndPoint server, string[][] questions)
    {
        var connection = attempts.TryGetValue(server, out var before) ? before.Result.Connection : null;
        if (connection is not null)
            slow.Remove(server);
        attempts[server] = TryAsync(server, connection, questions);
    }

    private async Task<Attempt> TryAsync(EndPoint server, RespConnection? connection, string[][] questions)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(closing.Token);
        end.CancelAfter(Longest);
        try
        {
            connection ??= await RespConnection.OpenAsync(redis, server, end.Token);
            var answers = await connection.AskAllAsync(questions, end.Token);
            return new(connection, answers, answers.FirstOrDefault(answer => answer.IsError) is { } error ? new RespErrorException(error.Text!) : null);
        }
        catch (Exception exception)
        {
            // It counts as silent; the source says what that means, and the last failure is shown to a person.
            connection?.Dispose();
            return new(null, [], exception);
        }
    }

    private void Drop(EndPoint server)
    {
        attempts.Remove(server, out var last);
        slow.Remove(server);
        _ = CloseAsync(last!);
    }

    private static async Task CloseAsync(Task<Attempt> last) => (await last).Connection?.Dispose();

    private sealed record Attempt(RespConnection? Connection, Resp[] Answers, Exception? Failure)
    {
        public static readonly Attempt Late = new(null, [], new OperationCanceledException());
    }
}
