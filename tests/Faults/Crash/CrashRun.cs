using Grpc.Core;
using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Faults.Crash;

/// <summary>
/// Writers, readers and streams on one service, which is killed at random moments and started again; then everything that was seen is held
/// against everything that is in the store.
/// </summary>
internal sealed class CrashRun(bool onRedis, int kills, string? bug = null, int tenants = 8)
{
    private const int WriterCount = 4;
    private const int WatcherCount = 3;
    private static readonly TimeSpan ConvergeWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SettleWithin = TimeSpan.FromSeconds(20);

    private readonly History history = new();
    private readonly List<string> names = [.. Enumerable.Range(1, tenants).Select(number => $"tenant-{number}")];

    /// <summary>The run's figures, for the test's output.</summary>
    public string Summary { get; private set; } = "";

    /// <returns>The violations found.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(int seed)
    {
        await using var simulator = await Simulator.StartAsync();
        await using var installation = await Installation.StartAsync(simulator, onRedis, bug);
        var users = new Users(simulator);
        var address = installation.Service.Grpc;
        var writers = Enumerable.Range(0, WriterCount).Select(number => new Writer(history, address, users, names, new Random(seed + number))).ToList();
        var watchers = Enumerable.Range(0, WatcherCount).Select(number => new Watcher(history, address, users, names, number)).ToList();
        using var reader = new Reader(history, address, users, names, new Random(seed + WriterCount));

        using var stopWriting = new CancellationTokenSource();
        using var stop = new CancellationTokenSource();
        List<Task> writing = [.. writers.Select(writer => writer.RunAsync(stopWriting.Token)), reader.RunAsync(stopWriting.Token)];
        var watching = watchers.Select(watcher => watcher.RunAsync(stop.Token)).ToList();

        await CrashAsync(installation, new Random(seed));
        await stopWriting.CancelAsync();
        await Task.WhenAll(writing);
        await SettleAsync(writers, address);
        await ConvergeAsync(watchers, address);
        await stop.CancelAsync();
        await Task.WhenAll(watching);
        foreach (var caller in writers.Cast<Caller>().Concat(watchers))
            caller.Dispose();

        var durable = await installation.StopAndReadAsync();
        Summary = $"{kills} kills, {history.Writes.Count} writes "
            + $"({history.Attempts.Count(attempt => attempt.Outcome == AttemptOutcome.Unknown)} sendings without an answer), "
            + $"{durable.Seq} commits, {history.Reads.Count} reads, {history.Messages.Count} messages";
        var logins = users.Logins();
        return Checkers.All(history, durable, username => logins.GetValueOrDefault(username));
    }

    // Between two kills something has to be written, or there is nothing to lose; after that the moment is random.
    private async Task CrashAsync(Installation installation, Random random)
    {
        for (var kill = 0; kill <= kills; kill++)
        {
            var before = Answered();
            await Waiting.UntilAsync(() => Answered() >= before + 10, "writes are answered again");
            await Task.Delay(random.Next(250));
            if (kill < kills)
                await installation.CrashAsync(random);
        }
    }

    private int Answered() => history.Attempts.Count(attempt => attempt.Outcome == AttemptOutcome.Answered);

    // Switching off ends tests whose server was killed, so that no writer has to wait for their claims to run out.
    private async Task SettleAsync(List<Writer> writers, Uri address)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var client = new SyncCredentials.SyncCredentialsClient(channel);
        foreach (var tenant in names)
            await Waiting.UntilAsync(() => IsAnsweredAsync(() => client.SetActiveModeAsync(new() { TenantId = tenant, Mode = Mode.Off })),
                $"{tenant} is switched off");
        var until = DateTime.UtcNow + SettleWithin;
        do
            await Task.WhenAll(writers.Select(writer => writer.SettleAsync()));
        while (writers.Any(writer => writer.Open.Count > 0) && DateTime.UtcNow < until);
        foreach (var write in writers.SelectMany(writer => writer.Open))
            history.Surprises.Enqueue(
                $"unsettled: {write.Kind} {write.RequestId} of {write.Tenant} has no outcome {SettleWithin.TotalSeconds} s after the last fault");
    }

    private static async Task<bool> IsAnsweredAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Unavailable)
        {
            return false;
        }
    }

    private async Task ConvergeAsync(List<Watcher> watchers, Uri address)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var client = new SyncCredentials.SyncCredentialsClient(channel);
        foreach (var tenant in names)
        {
            var revision = (await client.GetCredentialStatusAsync(new() { TenantId = tenant })).Status.Revision;
            var until = DateTime.UtcNow + ConvergeWithin;
            while (watchers.Any(watcher => watcher.Held.GetValueOrDefault(tenant) != revision) && DateTime.UtcNow < until)
                await Task.Delay(20);
            if (watchers.Any(watcher => watcher.Held.GetValueOrDefault(tenant) != revision))
                history.Surprises.Enqueue(
                    $"not converged: a stream does not hold revision {revision} of {tenant} {ConvergeWithin.TotalSeconds} s after the last fault");
        }
    }
}
