using System.Diagnostics;
using Xunit;

namespace GrpcCreds.Tests.Support;

/// <summary>A program that runs while the test reads what it prints. It and its children are killed with the test.</summary>
internal sealed class ConsoleProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly List<string> lines = [];

    private ConsoleProcess(ProcessStartInfo start) => process = new() { StartInfo = start };

    public int Id => process.Id;

    /// <summary>All lines printed so far, on standard output and error.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (lines)
                return [.. lines];
        }
    }

    private string Everything => string.Join('\n', Lines);

    /// <summary>Starts one of the repository's programs, from the tests' output folder.</summary>
    public static ConsoleProcess StartDotnet(string assembly, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        Run("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly), .. arguments], environment);

    /// <summary>Starts a program of the machine's, or one by its path.</summary>
    public static ConsoleProcess Start(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        Run(Path.IsPathRooted(file) ? file : Tools.Need(file), arguments, environment);

    private static ConsoleProcess Run(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var start = Signals.Unignored(file, arguments);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var program = new ConsoleProcess(start);
        program.process.OutputDataReceived += (_, line) => program.Take(line.Data);
        program.process.ErrorDataReceived += (_, line) => program.Take(line.Data);
        program.process.Start();
        program.process.StandardInput.Close();
        program.process.BeginOutputReadLine();
        program.process.BeginErrorReadLine();
        return program;
    }

    /// <summary>Waits until a line with this text has been printed.</summary>
    public async Task<string> LineWithAsync(string text)
    {
        string? Find() => Lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal));
        await Waiting.UntilAsync(() => Find() is not null || process.HasExited, $"'{text}' is printed");
        if (Find() is { } found)
            return found;
        // Its last output may not have arrived yet.
        await EndAsync();
        return Find() ?? throw new InvalidOperationException($"it ended without '{text}':\n{Everything}");
    }

    /// <summary>Waits for its end, with everything it printed.</summary>
    public async Task<(int ExitCode, string Output)> EndAsync()
    {
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
        return (process.ExitCode, Everything);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
        process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (lines)
            lines.Add(line);
    }
}
