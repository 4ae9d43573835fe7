using System.Diagnostics;
using GrpcCreds.Tests.Support;

namespace GrpcCreds.Tests.Robustness.Supervisor;

/// <summary>One process of Redis or Valkey, which holds data or is a Sentinel. It can be killed, frozen and started again with what it wrote.</summary>
internal sealed class StoreNode : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string program;
    private readonly string directory;
    private readonly string[] arguments;
    private Process? process;

    /// <param name="program">What it runs.</param>
    /// <param name="host">Its place in the network.</param>
    /// <param name="root">Its directory is in this one.</param>
    /// <param name="settings">Lines of its configuration, to which it adds what it must remember.</param>
    /// <param name="arguments">On its command line, behind the configuration's name.</param>
    public StoreNode(string program, Host host, string root, IEnumerable<string> settings, params string[] arguments)
    {
        this.program = program;
        (Host, directory, this.arguments) = (host, Directory.CreateDirectory(Path.Combine(root, host.Name)).FullName, arguments);
        File.WriteAllLines(Configuration,
            [$"port {host.Port}", $"bind {host.Own}", $"bind-source-addr {host.Own}", "protected-mode no", $"dir {directory}", $"logfile {Log}", .. settings]);
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public Host Host { get; }

    public string Name => Host.Name;

    public string Log => Path.Combine(directory, "log");

    public bool IsUp => process is not null;

    private string Configuration => Path.Combine(directory, "redis.conf");

    /// <summary>Starts it, also again, and waits until it answers.</summary>
    /// <param name="more">Settings for this run only, as on its command line.</param>
    public async Task StartAsync(params string[] more)
    {
        process = Process.Start(new ProcessStartInfo(Tools.Need(program), [Configuration, .. arguments, .. more])
            { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var until = DateTime.UtcNow + Patience;
        while (!await AnswersAsync())
        {
            if (process.HasExited || DateTime.UtcNow > until)
                throw new InvalidOperationException($"{Name} did not start:\n" + string.Join('\n', File.ReadLines(Log).TakeLast(5)));
            await Task.Delay(20);
        }
    }

    /// <summary>SIGKILL, as a crash; returns when the process is gone.</summary>
    public async Task KillAsync()
    {
        if (process is not { } running)
            return;
        process = null;
        running.Kill();
        await running.WaitForExitAsync().WaitAsync(Patience);
        running.Dispose();
    }

    /// <summary>Freezes it: connections stay, nothing answers.</summary>
    public void Freeze() => Signals.Send(process!.Id, Signals.Stop);

    /// <summary>Ends <see cref="Freeze"/>.</summary>
    public void Continue()
    {
        if (process is { } running)
            Signals.Send(running.Id, Signals.Continue);
    }

    /// <summary>Removes its data; it must not be running.</summary>
    public void Wipe() => Directory.Delete(Path.Combine(directory, "appendonlydir"), recursive: true);

    /// <inheritdoc cref="Resp.AskAsync"/>
    public Task<Resp.Reply> AskAsync(params string[] command) => Resp.AskAsync(Host.Direct, command);

    /// <summary>The lines <c>name:value</c> of a section of INFO.</summary>
    public async Task<IReadOnlyDictionary<string, string>> InfoAsync(string section) =>
        (await AskAsync("INFO", section)).Text.Split("\r\n").Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1]);

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        await KillAsync();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await AskAsync("PING");
            return true;
        }
        catch (InvalidOperationException e)
        {
            return !e.Message.StartsWith("LOADING", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void OnProcessExit(object? sender, EventArgs e) => process?.Kill();
}
