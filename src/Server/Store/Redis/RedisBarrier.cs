using System.Net;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>
/// Proves that what was done at a primary stands: an operation counts only if, before and after it, the same server was the primary of the same history,
/// and if what the server had done by then is on every replica that could be promoted. Reads too: an old primary would answer with what no longer stands,
/// and a new one with what it may still lose.
/// </summary>
/// <remarks>
/// One round serves all operations that ended before it began, whatever they were, because replication is one log:
/// <code>
/// connection of the commands:  CLIENT ID · EVAL mark
/// connection of the barrier:               EVAL mark · WAIT n
/// </code>
/// The mark is a write. Without one before it, the first WAIT of a connection succeeds without a proof (redis#6393). It answers which process of which
/// history has written it: the <em>reign</em>. A replication id never comes back to a server, and the process id tells a quick restart with older data. The
/// id of the connection shows that the operations in between went to the same process, and to no other behind the same address. WAIT blocks its
/// connection, so the barrier has one of its own. The class is open so that tests can derive bugs from it and show that they would be found.
/// </remarks>
internal partial class RedisBarrier : IAsyncDisposable
{
    private const string Mark = """
        redis.call('SET', KEYS[1], '')
        return {string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or '', redis.call('INFO', 'replication')}
        """;

    private const string Changing = "the store's primary is changing";

    private readonly Channel<TaskCompletionSource<Round>> waiting = Channel.CreateUnbounded<TaskCompletionSource<Round>>(new() { SingleReader = true });
    private readonly CancellationTokenSource closing = new();
    private readonly ConfigurationOptions redis;
    private readonly EndPoint primary;
    private readonly IDatabase lane;
    private readonly Func<ReplicaQuorum?> quorum;
    private readonly string markKey;
    private readonly TimeSpan timeout;
    private readonly Task pumping;
    private RespConnection? connection;
    private volatile string? reign;

    /// <param name="redis">Login, TLS and timeouts.</param>
    /// <param name="primary">The server.</param>
    /// <param name="lane">The connection of the commands to this server.</param>
    /// <param name="quorum">What must confirm, as it is now known; null if this server is not known as the primary any more.</param>
    /// <param name="markKey">A key that this server holds.</param>
    public RedisBarrier(ConfigurationOptions redis, EndPoint primary, IDatabase lane, Func<ReplicaQuorum?> quorum, string markKey)
    {
        (this.redis, this.primary, this.lane, this.quorum, this.markKey) = (redis, primary, lane, quorum, markKey);
        timeout = TimeSpan.FromMilliseconds(redis.AsyncTimeout);
        pumping = Task.Run(PumpAsync);
    }

    /// <summary>How many replicas took part in the last round that was confirmed.</summary>
    public int Confirmed { get; private set; }

    /// <summary>The replicas that were connected to the primary in the last round, as <c>host:port</c>.</summary>
    public IReadOnlyCollection<string> Connected { get; private set; } = [];

    /// <exception cref="StoreUnconfirmedException">What was done may stand, or be lost.</exception>
    public virtual async Task<T> GuardAsync<T>(Func<Task<T>> operation)
    {
        var before = reign ?? await ConfirmAsync();
        var result = await operation();
        return await ConfirmAsync() == before ? result : throw new StoreUnconfirmedException("the store's primary changed during the command");
    }

    /// <summary>The connection of the commands is a new one: what it did before is not known to stand.</summary>
    public void Restart() => reign = null;

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        waiting.Writer.TryComplete();
        await pumping;
        connection?.Dispose();
    }

    /// <summary>Waits for a round that begins from now on and is confirmed.</summary>
    /// <returns>The reign.</returns>
    private async Task<string> ConfirmAsync()
    {
        var end = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (true)
        {
            var waiter = new TaskCompletionSource<Round>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!waiting.Writer.TryWrite(waiter))
                throw new StoreUnavailableException("the store is closing");
            var round = await waiter.Task;
            if (round.Reign is { } confirmed)
                return confirmed;
            // A replica that is late, or a connection that is being made anew, may be there in the next round.
            if (Environment.TickCount64 >= end)
                throw new StoreUnconfirmedException(round.Obstacle!);
        }
    }

    private async Task PumpAsync()
    {
        var served = new List<TaskCompletionSource<Round>>();
        while (await waiting.Reader.WaitToReadAsync())
        {
            served.AddRange(Take(waiting.Reader));
            var round = await TryRoundAsync();
            reign = round.Reign ?? reign;
            foreach (var waiter in served)
                waiter.TrySetResult(round);
            served.Clear();
        }
    }

    /// <summary>Whoever waits now is served by the round that begins now; whoever comes later has ended its operation later.</summary>
    private static IEnumerable<TaskCompletionSource<Round>> Take(ChannelReader<TaskCompletionSource<Round>> waiting)
    {
        while (waiting.TryRead(out var waiter))
            yield return waiter;
    }

    private async Task<Round> TryRoundAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(closing.Token);
        patience.CancelAfter(timeout);
        try
        {
            return await RoundAsync(patience.Token);
        }
        catch (Exception exception)
        {
            // Whatever happened, nothing is confirmed; each waiter is told why.
            connection?.Dispose();
            connection = null;
            await Task.Delay(TimeSpan.FromMilliseconds(20), closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return new Round(null, Obstacle(exception));
        }
    }

    /// <summary>One round. Overridden, like the parts of it, only by the bugs that prove that tests would find them.</summary>
    protected virtual async Task<Round> RoundAsync(CancellationToken cancellationToken)
    {
        if (quorum() is not { } asking)
            throw new StoreUnconfirmedException(Changing);
        connection ??= await RespConnection.OpenAsync(redis, primary, cancellationToken);
        var (asked, own) = (
            connection.AskAllAsync(Questions(Needed(asking, Connected), Math.Min((int)timeout.TotalMilliseconds / 4, 500)), cancellationToken),
            MarkOwnAsync());
        await Task.WhenAll(asked, own).WaitAsync(cancellationToken);
        var ((client, itsRun, itsReplication), answers) = (await own, await asked);
        if (answers.FirstOrDefault(answer => answer.IsError) is { } error)
            throw new RespErrorException(error.Text!);
        if (answers is not [{ Items: [{ Text: { } run }, { Text: { } replication }] }, { Text: { } waited }] || !int.TryParse(waited, out var confirmed))
            throw new InvalidDataException(RespErrorException.NotRedis);

        Connected = [.. Replica().Matches(replication).Select(replica => $"{replica.Groups[1].Value}:{replica.Groups[2].Value}")];
        if (quorum() is not { } deciding || Reign(run, replication) is not { } same || same != Reign(itsRun, itsReplication))
            return new Round(null, Changing);
        var needed = Needed(deciding, Connected);
        if (confirmed < needed)
            return new Round(null, $"only {confirmed} of {needed} replicas confirmed in time");
        Confirmed = confirmed;
        return new Round($"{same}:{client}", null);
    }

    // It answers in the order in which it was asked, so the id is that of the connection which then marks.
    private async Task<(long Client, string Run, string Replication)> MarkOwnAsync()
    {
        var client = lane.ExecuteAsync("CLIENT", "ID");
        var mark = lane.ScriptEvaluateAsync(Mark, [markKey], flags: RedisConnection.Flags);
        await Task.WhenAll(client, mark);
        return (string?[]?)await mark is [{ } run, { } replication]
            ? ((long)await client, run, replication)
            : throw new InvalidDataException(RespErrorException.NotRedis);
    }

    /// <summary>The mark, and the wait for the replicas.</summary>
    protected virtual string[][] Questions(int replicas, int milliseconds) => [["EVAL", Mark, "1", markKey], ["WAIT", $"{replicas}", $"{milliseconds}"]];

    protected virtual int Needed(ReplicaQuorum quorum, IReadOnlyCollection<string> connected) => quorum.Needed(connected, Environment.TickCount64);

    private static string? Reign(string run, string replication) =>
        ReplicationId().Match(replication) is { Success: true } id && run.Length > 0 ? $"{run}:{id.Groups[1].Value}" : null;

    private static string Obstacle(Exception exception) => exception switch
    {
        StoreUnconfirmedException => exception.Message,
        OperationCanceledException or TimeoutException => "the store's primary did not confirm in time",
        RespErrorException { Error: var error } when error.StartsWith("NOPERM", StringComparison.Ordinal) =>
            "the store's user lacks a permission for the confirmation of writes (+wait, +eval, +info); docs/operations/stores.md has its ACL rules",
        RespErrorException { Error: var error } when error.Split(' ')[0] is not ("READONLY" or "LOADING" or "MASTERDOWN" or "MOVED" or "CLUSTERDOWN") =>
            "the store's primary refuses what confirms writes (WAIT, or INFO in a script)",
        _ => "the store's primary does not confirm: there is no connection to it, or it has become a replica",
    };

    [GeneratedRegex(@"^master_replid:(\w+)", RegexOptions.Multiline)]
    private static partial Regex ReplicationId();

    [GeneratedRegex(@"^slave\d+:ip=([^,]+),port=(\d+)", RegexOptions.Multiline)]
    private static partial Regex Replica();

    /// <param name="Reign">The confirmed reign; null if nothing is confirmed.</param>
    /// <param name="Obstacle">Why nothing is confirmed.</param>
    protected sealed record Round(string? Reign, string? Obstacle);
}
