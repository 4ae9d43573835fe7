using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using GrpcCreds.Tests.Support;
using StackExchange.Redis;

namespace GrpcCreds.Tests;

/// <summary>
/// A redis-server of a test's own, durable as we ask it of operators, on a free loopback port and in a directory that go with it. It can
/// be killed, frozen, started again on the same address and data, and be given older data.
/// </summary>
internal sealed class RedisServer : IAsyncDisposable
{
    public const string Redis = "redis-server";
    public const string Valkey = "valkey-server";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string binary;
    private readonly string[] arguments;
    private readonly string root = Directory.CreateTempSubdirectory("grpccreds-redis-").FullName;
    private Process? process;

    private RedisServer(string binary, string[] arguments)
    {
        this.binary = binary;
        this.arguments = arguments;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public int Port { get; private set; }

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>The value of <c>ConnectionStrings:Redis</c> for the service.</summary>
    public string ConnectionString => Address;

    private string Data => Path.Combine(root, "data");

    /// <summary>Starts a server; without a redis-server on this machine the test is skipped, in CI it fails.</summary>
    /// <param name="arguments">Further or other settings, as on its command line: <c>--maxmemory 10mb</c>.</param>
    public static Task<RedisServer> StartAsync(params string[] arguments) => StartProgramAsync(Redis, arguments);

    /// <summary>The same with another program: <see cref="Valkey"/>.</summary>
    public static async Task<RedisServer> StartProgramAsync(string program, params string[] arguments)
    {
        var server = new RedisServer(Tools.Need(program), arguments);
        try
        {
            Directory.CreateDirectory(server.Data);
            await server.StartOnFreePortAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL, as a crash; returns when the process is gone.</summary>
    public async Task KillAsync()
    {
        var running = Running;
        running.Kill();
        await running.WaitForExitAsync().WaitAsync(Patience);
        running.Dispose();
        process = null;
    }

    /// <summary>Starts it again on the same port and data.</summary>
    public async Task RestartAsync()
    {
        if (process is not null)
            await KillAsync();
        if (!await TryLaunchAsync())
            throw new InvalidOperationException("redis-server did not start again");
    }

    /// <summary>Freezes it: connections stay, nothing answers.</summary>
    public void Stop() => Signals.Send(Running.Id, Signals.Stop);

    /// <summary>Ends <see cref="Stop"/>.</summary>
    public void Continue() => Signals.Send(Running.Id, Signals.Continue);

    /// <summary>Keeps a copy of the data as it is on disk now; the server may be running. Returns the copy's name.</summary>
    public string CopyData()
    {
        var copy = Path.Combine(root, $"copy-{Guid.NewGuid():N}");
        CopyDirectory(Data, copy);
        return copy;
    }

    /// <summary>Puts a copy in place of the data; the server must not be running.</summary>
    public void RestoreData(string copy)
    {
        if (process is not null)
            throw new InvalidOperationException("redis-server is running");
        Directory.Delete(Data, recursive: true);
        CopyDirectory(copy, Data);
    }

    /// <summary>Runs commands as an operator would, on a connection of their own.</summary>
    public async Task<T> AdminAsync<T>(Func<IDatabase, Task<T>> commands)
    {
        var options = ConfigurationOptions.Parse(Address);
        options.AllowAdmin = true;
        options.ConnectTimeout = (int)Patience.TotalMilliseconds;
        options.AsyncTimeout = (int)Patience.TotalMilliseconds;
        await using var admin = await ConnectionMultiplexer.ConnectAsync(options);
        return await commands(admin.GetDatabase());
    }

    public Task<RedisResult> AdminAsync(string command, params object[] values) => AdminAsync(database => database.ExecuteAsync(command, values));

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        if (process is not null)
            await KillAsync();
        Directory.Delete(root, recursive: true);
    }

    private Process Running => process ?? throw new InvalidOperationException("redis-server is not running");

    private async Task StartOnFreePortAsync()
    {
        // Another process may take the port between our look and the server's start; then it ends, and we take another one.
        for (var attempt = 0; attempt < 5; attempt++)
        {
            using (var probe = new TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                Port = ((IPEndPoint)probe.LocalEndpoint).Port;
            }

            if (await TryLaunchAsync())
                return;
        }

        throw new InvalidOperationException("redis-server did not start: " + await File.ReadAllTextAsync(Path.Combine(root, "log")));
    }

    private async Task<bool> TryLaunchAsync()
    {
        string[] all =
        [
            "--port", $"{Port}", "--bind", "127.0.0.1", "--dir", Data, "--logfile", Path.Combine(root, "log"), "--save", "",
            "--appendonly", "yes", "--appendfsync", "always", .. arguments,
        ];
        process = Process.Start(new ProcessStartInfo(binary, all) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var patience = new CancellationTokenSource(Patience);
        while (!process.HasExited)
        {
            if (await AnswersAsync(patience.Token))
                return true;
            await Task.Delay(5, patience.Token);
        }

        process.Dispose();
        process = null;
        return false;
    }

    /// <summary>Does it answer PING, with its data loaded? (An error is an answer too, but for LOADING: a password may be asked for.)</summary>
    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
            await socket.GetStream().WriteAsync("PING\r\n"u8.ToArray(), cancellationToken);
            var answer = new byte[64];
            var length = await socket.GetStream().ReadAsync(answer, cancellationToken);
            return length > 0 && !answer.AsSpan(0, length).StartsWith("-LOADING"u8);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }

    private static void CopyDirectory(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var directory in Directory.GetDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, directory)));
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }

    // A test run that is ended in the middle must not leave servers behind.
    private void OnProcessExit(object? sender, EventArgs e) => process?.Kill();
}
