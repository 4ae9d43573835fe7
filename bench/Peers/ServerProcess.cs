using System.Diagnostics;
using System.Globalization;

namespace GrpcCreds.Bench.Peers;

/// <summary>A server in a process of its own, and what it has used. Linux only: it reads /proc.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly List<ServerProcess> Running = [];
    private readonly Process process;

    private ServerProcess(Process process) => this.process = process;

    /// <summary>The CPU time that all running servers have used, in seconds.</summary>
    public static double CpuOfAll
    {
        get
        {
            lock (Running)
                return Running.Sum(server => server.Cpu);
        }
    }

    /// <summary>CPU time used so far, in seconds, to 10 ms.</summary>
    public double Cpu
    {
        get
        {
            // After the name in parentheses: utime and stime are fields 14 and 15, in ticks of 10 ms.
            var stat = File.ReadAllText($"/proc/{process.Id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
        }
    }

    /// <summary>Resident memory, in bytes.</summary>
    public long Memory => long.Parse(File.ReadAllText($"/proc/{process.Id}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;

    /// <summary>Starts a program.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="log">Receives what it prints.</param>
    public static ServerProcess Start(string program, IEnumerable<string> arguments, string log)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // As in production: neither a development certificate nor diagnostics of the platform.
        start.Environment["DOTNET_EnableDiagnostics"] = Environment.GetEnvironmentVariable("BENCH_DIAGNOSTICS") ?? "0";
        var server = new ServerProcess(Process.Start(start)!);
        var writer = TextWriter.Synchronized(new StreamWriter(log, append: true) { AutoFlush = true });
        server.process.OutputDataReceived += (_, line) => writer.WriteLine(line.Data);
        server.process.ErrorDataReceived += (_, line) => writer.WriteLine(line.Data);
        server.process.BeginOutputReadLine();
        server.process.BeginErrorReadLine();
        lock (Running)
            Running.Add(server);
        return server;
    }

    /// <summary>kill -9.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (Running)
            Running.Remove(this);
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
